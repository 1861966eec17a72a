import type { Shape, Tensor } from '@convgrad/core';
import type { ConvNd } from './conv.ts';
import { ConvLayer } from './conv_layer.ts';

/** Convolutions one after the other with nothing in between, which count as one layer. */
export abstract class ConvChain extends ConvLayer {
  /** In the order in which they are applied. */
  protected abstract stages(): readonly ConvNd[];

  forward(x: Tensor): Tensor {
    let y = x;
    for (const stage of this.stages()) y = stage.forward(y);
    return y;
  }

  override outputShape(inputShape: Shape): Shape {
    return this.stages().reduce((shape, stage) => stage.outputShape(shape), inputShape);
  }

  override multiplyAdds(inputShape: Shape): number {
    let shape = inputShape;
    let products = 0;
    for (const stage of this.stages()) {
      products += stage.multiplyAdds(shape);
      shape = stage.outputShape(shape);
    }
    return products;
  }

  /** A stage that sees r elements of what the one before gives, one every j inputs, adds (r - 1) j. */
  override receptiveField(): readonly number[] {
    const stages = this.stages();
    return stages[0].kernelSize.map((_, dim) => {
      let [field, step] = [1, 1];
      for (const stage of stages) {
        field += (stage.receptiveField()[dim] - 1) * step;
        step *= stage.stride[dim];
      }
      return field;
    });
  }

  /** Draws all weights and biases again. */
  resetParameters(): void {
    for (const stage of this.stages()) stage.resetParameters();
  }
}
