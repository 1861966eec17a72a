import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { argumentStruct, kernelArgumentsHeader } from '../../../packages/core/build/header.ts';
import { buildFolders } from '../../../packages/core/build/paths.ts';
import { kernelDeclarations } from '../../../packages/core/src/kernels/layout.ts';
import { operations } from '../../../packages/core/src/kernels/table/operations.ts';
import { kernelTable } from '../../../packages/core/src/kernels/table.ts';

describe('the generated header', () => {
  it('is the same whenever it is generated, and what the folder holds', () => {
    const header = kernelArgumentsHeader();
    expect(kernelArgumentsHeader()).to.equal(header);
    expect(readFileSync(`${buildFolders().generated}/kernel_args.h`, 'utf8')).to.equal(header);
  });

  it('declares every list of operations and every struct, with members in the order of the table', () => {
    const header = kernelArgumentsHeader();
    for (const [set, names] of Object.entries(operations)) {
      expect(header).to.include(`enum class ${set} : i32 { ${names.join(', ')} };`);
    }
    expect(header.match(/^struct \w+Args/gm)).to.have.length(Object.keys(kernelTable).length);
    expect(header).to.include(
      'struct FillArgs {\n  Pointer<T> y;\n  i32 size;\n  f64 value;\n};\n' +
        'static_assert(sizeof(FillArgs<f32>) == 16);\nstatic_assert(offsetof(FillArgs<f32>, y) == 0);',
    );
  });

  it('gives one source only the structs of its own kernels', () => {
    const { source } = kernelTable.fill;
    const kernels = [...kernelDeclarations].filter(([, declaration]) => declaration.source === source).map(([kernel]) => kernel);
    expect(kernels).to.include('fill');
    expect(kernelArgumentsHeader(source).match(/(?<=^struct )\w+/gm)).to.deep.equal(kernels.map(argumentStruct));
  });
});
