import { activationAdapters } from './adapters/activation.ts';
import { convAdapters } from './adapters/conv.ts';
import { convTransposeAdapters } from './adapters/conv_transpose.ts';
import { deformConvAdapters } from './adapters/deform_conv.ts';
import { linearAdapters } from './adapters/linear.ts';
import { lossAdapters } from './adapters/loss.ts';
import { pixelShuffleAdapters } from './adapters/pixel_shuffle.ts';
import { poolAdapters } from './adapters/pool.ts';
import { samplingAdapters } from './adapters/sampling.ts';
import { tensorAdapters } from './adapters/tensor.ts';
import { suitsFloat32 } from './comparison.ts';
import { CaseError, type Fields } from './fields.ts';
import type { Precision } from './golden_tensor.ts';
import { runNetworkCase } from './network_case.ts';
import type { OpAdapters } from './op_adapter.ts';
import { runOpCase } from './op_case.ts';
import { runOptimizerCase } from './optimizer_case.ts';

/** How the cases of a family are run. */
export interface Family {
  run(fields: Fields, precision: Precision): void;
  /** The precisions that suit a case. */
  precisions(caseName: string): readonly Precision[];
}

const both: readonly Precision[] = ['float64', 'float32'];
const onlyFloat64: readonly Precision[] = ['float64'];

function precisions(caseName: string): readonly Precision[] {
  return suitsFloat32(caseName) ? both : onlyFloat64;
}

function ops(adapters: OpAdapters): Family {
  return { run: (fields, precision) => runOpCase(adapters, fields, precision), precisions };
}

/** A family that FORMAT.md knows and convgrad does not have yet. */
function missing(what: string): Family {
  return {
    run(fields) {
      throw new CaseError(`convgrad has no ${what} yet: no adapter for ${fields.string('op')}`);
    },
    precisions: () => onlyFloat64,
  };
}

const opsOfAll: OpAdapters = {
  ...activationAdapters,
  ...convAdapters,
  ...convTransposeAdapters,
  ...deformConvAdapters,
  ...linearAdapters,
  ...lossAdapters,
  ...pixelShuffleAdapters,
  ...poolAdapters,
  ...samplingAdapters,
  ...tensorAdapters,
};

/** Every family of FORMAT.md by the name of its file. A new family of ops is one file of adapters and a line here. */
export const families: Readonly<Record<string, Family>> = {
  activation: ops(activationAdapters),
  conv: ops(convAdapters),
  conv_transpose: ops(convTransposeAdapters),
  deform_conv: ops(deformConvAdapters),
  linear: ops(linearAdapters),
  loss: ops(lossAdapters),
  lr_scheduler: missing('learning-rate schedules'),
  // Training amplifies rounding: the stored numbers hold for float64.
  network: { run: (fields, precision) => runNetworkCase(opsOfAll, fields, precision), precisions: () => onlyFloat64 },
  norm: ops({}),
  optim: { run: runOptimizerCase, precisions },
  pool: ops(poolAdapters),
  resample: ops({ ...pixelShuffleAdapters, ...samplingAdapters }),
  tensor: ops(tensorAdapters),
};
