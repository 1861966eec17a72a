import { type FloatDType, Parameter, type Tensor, zeros } from '@convgrad/core';
import { embedding, resolvePaddingIdx } from '../functional/embedding.ts';
import { initEmbedding_ } from '../init/default.ts';
import { checkCount } from './checks.ts';
import { Module } from './module.ts';
import { declarePure } from './pure_layers.ts';

/** Options of the `Embedding` layer. */
export interface EmbeddingLayerOptions {
  /** The row that stands for "nothing": it begins as zeros and gets no gradient. Negative ones count from the end. */
  readonly paddingIdx?: number | null;
  /** Default float32. */
  readonly dtype?: FloatDType;
}

/**
 * A table whose rows indices name: [..] (int32 or uint8) gives [.., embeddingDim].
 *
 * weight [numEmbeddings, embeddingDim] begins with the standard normal distribution.
 *
 * @throws ArgumentError for sizes that are not whole numbers of at least 1, or a row that does not exist
 * @example new Embedding(10, 3, { paddingIdx: 0 }).forward(tensor([[1, 4, 0]], { dtype: 'int32' })) // shape [1, 3, 3]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, { paddingIdx = null, dtype = 'float32' }: EmbeddingLayerOptions = {}) {
    super();
    checkCount('Embedding', 'numEmbeddings', numEmbeddings);
    checkCount('Embedding', 'embeddingDim', embeddingDim);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = resolvePaddingIdx('Embedding', paddingIdx, numEmbeddings);
    this.weight = new Parameter(zeros([numEmbeddings, embeddingDim], { dtype }));
    this.resetParameters();
  }

  /** Draws the table again. */
  resetParameters(): void {
    initEmbedding_(this.weight, this.paddingIdx);
  }

  forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, { paddingIdx: this.paddingIdx });
  }

  protected override extraRepr(): string {
    const sizes = `${this.numEmbeddings}, ${this.embeddingDim}`;
    return this.paddingIdx === null ? sizes : `${sizes}, paddingIdx=${this.paddingIdx}`;
  }
}

declarePure(Embedding);
