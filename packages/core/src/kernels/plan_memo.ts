import type { ConvolutionSizes } from './convolution_sizes.ts';
import type { FloatDType } from './dtype.ts';

/** How a convolution of some sizes is cut, kept for as long as the object that holds the sizes: a layer has one, and uses it in every step. */
export class PlanMemo<P extends object> {
  private readonly make: (dtype: FloatDType, sizes: ConvolutionSizes) => P;
  private readonly plans: Readonly<Record<FloatDType, WeakMap<ConvolutionSizes, P>>> = { float32: new WeakMap(), float64: new WeakMap() };

  constructor(make: (dtype: FloatDType, sizes: ConvolutionSizes) => P) {
    this.make = make;
  }

  of(dtype: FloatDType, sizes: ConvolutionSizes): P {
    const plans = this.plans[dtype];
    const known = plans.get(sizes);
    if (known !== undefined) return known;
    const plan = this.make(dtype, sizes);
    plans.set(sizes, plan);
    return plan;
  }
}
