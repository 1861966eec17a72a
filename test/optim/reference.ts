/*
 * SGD and Adam written out element by element from PyTorch's documentation, in float64, as an independent judge of the kernels.
 */

export interface SgdSettings {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
}

/** Steps of one number along its gradients; returns where it ends. */
export function sgdReference(start: number, gradients: readonly number[], settings: SgdSettings): number {
  const { lr, momentum, dampening, weightDecay, nesterov, maximize } = settings;
  let parameter = start;
  let buffer = 0;
  gradients.forEach((gradient, step) => {
    const g = (maximize ? -gradient : gradient) + weightDecay * parameter;
    if (momentum === 0) {
      parameter -= lr * g;
      return;
    }
    buffer = step === 0 ? g : momentum * buffer + (1 - dampening) * g;
    parameter -= lr * (nesterov ? g + momentum * buffer : buffer);
  });
  return parameter;
}

export interface AdamSettings {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly decoupled: boolean;
  readonly amsgrad: boolean;
  readonly maximize: boolean;
}

/** Steps of one number along its gradients; returns where it ends. */
export function adamReference(start: number, gradients: readonly number[], settings: AdamSettings): number {
  const { lr, betas, eps, weightDecay, decoupled, amsgrad, maximize } = settings;
  const [beta1, beta2] = betas;
  let [parameter, m, v, largest] = [start, 0, 0, 0];
  gradients.forEach((gradient, index) => {
    const step = index + 1;
    let g = maximize ? -gradient : gradient;
    if (decoupled) parameter *= 1 - lr * weightDecay;
    else g += weightDecay * parameter;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    largest = Math.max(largest, v);
    const root = Math.sqrt((amsgrad ? largest : v) / (1 - beta2 ** step));
    parameter -= ((lr / (1 - beta1 ** step)) * m) / (root + eps);
  });
  return parameter;
}
