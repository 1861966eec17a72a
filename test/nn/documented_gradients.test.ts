import { einsum, grad, ones, sigmoid, stack, type Tensor, tensor, zeros } from '@convgrad/core';
import { type ConvOptions, channelShuffle, conv1d, conv2d, convTranspose2d, type DeformConvOptions, deformConv2d } from '@convgrad/nn';
import { gatherSamples, scatterSamples } from '../../packages/nn/src/functional/sampling.ts';
import { sampleBetween } from '../proofs/case.ts';
import { expectClose, leaf, normal } from './numbers.ts';

/*
 * The second-order formulas of docs/convolutions.md, typed in from there, against gradients of L = sum of <direction, first gradient>.
 * The maps conv, convInput and convWeight are made of the public functions.
 */

type Conv = (x: Tensor, weight: Tensor) => Tensor;

/** The three maps of a convolution of images of one size. */
function maps(run: Conv, imageShape: readonly number[], weightShape: readonly number[]) {
  const float64 = { dtype: 'float64', requiresGrad: true } as const;
  return {
    conv: run,
    convInput: (g: Tensor, weight: Tensor): Tensor => {
      const x = zeros(imageShape, float64);
      return grad(run(x, weight.detach()), [x], { gradOutputs: [g.detach()] })[0];
    },
    convWeight: (x: Tensor, g: Tensor): Tensor => {
      const weight = zeros(weightShape, float64);
      return grad(run(x.detach(), weight), [weight], { gradOutputs: [g.detach()] })[0];
    },
  };
}

/** The gradients of L by the inputs and by the cotangent: those in `directions` are what the first gradients are multiplied by. */
function secondOrder(f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], g: Tensor, directions: readonly Tensor[]): Tensor[] {
  const first = grad(f(...inputs), [...inputs], { gradOutputs: [g], createGraph: true });
  const zero = zeros([], { dtype: 'float64' });
  const penalty = first.reduce((sum, gradient, index) => sum.add(gradient.mul(directions[index]).sum()), zero);
  return grad(penalty, [...inputs, g], { allowUnused: true }).map((gradient, index) => gradient ?? [...inputs, g][index].mul(0));
}

function expectAll(got: readonly Tensor[], want: readonly Tensor[]): void {
  got.forEach((tensor, index) => {
    expectClose(tensor, want[index], 1e-11);
  });
}

const overPixels = (bias: Tensor): Tensor => bias.reshape([-1, 1, 1]);

describe('the second-order formulas of docs/convolutions.md hold:', () => {
  const options: ConvOptions = { stride: [2, 1], dilation: [1, 2], groups: 2, padding: [[0, 1], 2] };

  it('three maps, strided, dilated and grouped', () => {
    const [x, w, b] = [leaf([2, 4, 5, 6], 1), leaf([6, 2, 3, 2], 2), leaf([6], 3)];
    const g = leaf(conv2d(x, w, b, options).shape, 4);
    const [dirX, dirW, dirB] = [normal(x.shape, 5), normal(w.shape, 6), normal(b.shape, 7)];
    const { conv, convInput, convWeight } = maps((image, weight) => conv2d(image, weight, null, options), x.shape, w.shape);
    const got = secondOrder((image, weight, bias) => conv2d(image, weight, bias, options), [x, w, b], g, [dirX, dirW, dirB]);
    const dg = conv(dirX, w).add(conv(x, dirW)).add(overPixels(dirB));
    expectAll(got, [convInput(g, dirW), convWeight(dirX, g), b.mul(0), dg]);
  });

  it('transposed', () => {
    const settings = { stride: 2, padding: 1, groups: 2, outputPadding: 1 };
    const [x, w] = [leaf([2, 4, 3, 2], 1), leaf([4, 3, 3, 2], 2)];
    const run: Conv = (image, weight) => convTranspose2d(image, weight, null, settings);
    const g = leaf(run(x, w).shape, 3);
    const [dirX, dirW] = [normal(x.shape, 4), normal(w.shape, 5)];
    const adjoint = { stride: 2, padding: 1, groups: 2 };
    const { conv, convWeight } = maps((image, weight) => conv2d(image, weight, null, adjoint), g.shape, w.shape);
    const dg = run(dirX, w).add(run(x, dirW));
    expectAll(secondOrder(run, [x, w], g, [dirX, dirW]), [conv(g, dirW), convWeight(g, dirX), dg]);
  });

  it('shuffled group', () => {
    const run: Conv = (image, weight) => channelShuffle(conv2d(image, weight, null, { groups: 2 }), 2);
    const [x, w] = [leaf([1, 4, 4, 3], 1), leaf([6, 2, 2, 2], 2)];
    const g = leaf(run(x, w).shape, 3);
    const [dirX, dirW] = [normal(x.shape, 4), normal(w.shape, 5)];
    const { conv, convInput, convWeight } = maps((image, weight) => conv2d(image, weight, null, { groups: 2 }), x.shape, w.shape);
    // The inverse of a shuffle of 6 channels from 2 groups is one from 3.
    const h = channelShuffle(g, 3);
    const dg = channelShuffle(conv(dirX, w).add(conv(x, dirW)), 2);
    expectAll(secondOrder(run, [x, w], g, [dirX, dirW]), [convInput(h, dirW), convWeight(dirX, h), dg]);
  });

  it('pointwise, as products of matrices', () => {
    const [x, w] = [leaf([1, 3, 7], 1), leaf([2, 3, 1], 2)];
    const g = leaf([1, 2, 7], 3);
    const [dirX, dirW] = [normal(x.shape, 4), normal(w.shape, 5)];
    const got = secondOrder((image, weight) => conv1d(image, weight), [x, w], g, [dirX, dirW]);
    const dX = einsum('nm,bnp->bmp', dirW.squeeze(2), g);
    const dW = einsum('bnp,bmp->nm', g, dirX).unsqueeze(2);
    const dG = einsum('nm,bmp->bnp', w.squeeze(2), dirX).add(einsum('nm,bmp->bnp', dirW.squeeze(2), x));
    expectAll(got, [dX, dW, dG]);
  });

  it('depthwise separable, and spatially separable with a chain of two: the change of u and of its cotangent', () => {
    const [x, a, v] = [leaf([2, 3, 4, 4], 1), leaf([6, 1, 3, 2], 2), leaf([2, 6, 1, 1], 3)];
    const depthwise: Conv = (image, weight) => conv2d(image, weight, null, { groups: 3, padding: 1, stride: 2 });
    const u = depthwise(x, a).detach();
    const g = leaf(conv2d(u, v).shape, 4);
    const [dirX, dirA, dirV] = [normal(x.shape, 5), normal(a.shape, 6), normal(v.shape, 7)];
    const dw = maps(depthwise, x.shape, a.shape);
    const pw = maps((image, weight) => conv2d(image, weight), u.shape, v.shape);
    const [gu, dirU, dirGu] = [pw.convInput(g, v), dw.conv(dirX, a).add(dw.conv(x, dirA)), pw.convInput(g, dirV)];
    const dx = dw.convInput(gu, dirA).add(dw.convInput(dirGu, a));
    const da = dw.convWeight(dirX, gu).add(dw.convWeight(x, dirGu));
    const dg = pw.conv(dirU, v).add(pw.conv(u, dirV));
    const run = (image: Tensor, kernel: Tensor, mixing: Tensor) => conv2d(depthwise(image, kernel), mixing);
    expectAll(secondOrder(run, [x, a, v], g, [dirX, dirA, dirV]), [dx, da, pw.convWeight(dirU, g), dg]);
  });

  it('a chain of three factors', () => {
    const kernels = [leaf([2, 2, 3, 1], 2), leaf([3, 2, 1, 2], 3), leaf([2, 3, 2, 1], 4)];
    const x = leaf([1, 2, 6, 4], 1);
    const link: Conv = (image, weight) => conv2d(image, weight, null, { padding: [[1, 0], 0] });
    const run = (image: Tensor, ...factors: Tensor[]) => factors.reduce(link, image);
    const g = leaf(run(x, ...kernels).shape, 5);
    const [dirX, ...directions] = [x, ...kernels].map(({ shape }, index) => normal(shape, 6 + index));
    const [u, dirU] = [[x.detach()], [dirX]];
    kernels.forEach((kernel, i) => {
      dirU.push(link(dirU[i], kernel).add(link(u[i], directions[i])).detach());
      u.push(link(u[i], kernel).detach());
    });
    let [back, dirBack] = [g.detach(), g.detach().mul(0)];
    const dKernels: Tensor[] = [];
    for (let i = kernels.length - 1; i >= 0; i--) {
      const { convInput, convWeight } = maps(link, u[i].shape, kernels[i].shape);
      dKernels.unshift(convWeight(dirU[i], back).add(convWeight(u[i], dirBack)));
      dirBack = convInput(dirBack, kernels[i]).add(convInput(back, directions[i]));
      back = convInput(back, kernels[i]);
    }
    expectAll(secondOrder(run, [x, ...kernels], g, [dirX, ...directions]), [dirBack, ...dKernels, dirU[kernels.length]]);
  });

  it('deformable, versions 1 and 2, from samples, their slopes and the adjoints', () => {
    for (const isMasked of [false, true]) {
      // Two channels in each of two offset groups, 2 x 2 taps, 3 x 2 outputs.
      const [x, offset, w] = [leaf([2, 4, 4, 3], 1), sampleBetween(2, [2, 16, 3, 2], 1, 0.1), leaf([3, 4, 2, 2], 3)];
      const mask = isMasked ? leaf([2, 8, 3, 2], 4) : null;
      const g = leaf([2, 3, 3, 2], 5);
      const [dirX, dirOffset, dirW] = [x, offset, w].map(({ shape }, index) => normal(shape, 6 + index));
      const places = [0, 1].flatMap((i) => [0, 1].map((j) => [i, j]));
      const grid = places.map(([i, j]) => [0, 1, 2].flatMap((p) => [0, 1].map((q) => [p + i, q + j])));
      const base = tensor(grid, { dtype: 'float64' }).permute([0, 2, 1]);
      const positions = offset.detach().reshape([2, 2, 4, 2, 6]).add(base);
      const sampling = (a: 0 | 1, b: 0 | 1) => ({
        imageShape: x.shape,
        positionShape: positions.shape,
        order: [a, b],
        nearest: false,
      });
      const gather = (image: Tensor, a: 0 | 1, b: 0 | 1) => gatherSamples(image.detach(), positions, sampling(a, b));
      const scatter = (samples: Tensor, a: 0 | 1, b: 0 | 1) => scatterSamples(samples.detach(), positions, sampling(a, b));
      const overGroup = (samples: Tensor) => samples.reshape([2, 2, 2, 4, 6]).sum(2);
      const toChannels = (values: Tensor) => values.reshape([2, 2, 1, 4, 6]).expand([2, 2, 2, 4, 6]).reshape([2, 4, 4, 6]);
      const m = toChannels(mask?.detach() ?? ones([2, 8, 3, 2], { dtype: 'float64' }));
      const dirMask = mask === null ? zeros([2, 8, 3, 2], { dtype: 'float64' }) : normal([2, 8, 3, 2], 9);
      const dirM = toChannels(dirMask);
      const [dirY, dirXs] = [0, 1].map((dim) => toChannels(dirOffset.reshape([2, 2, 4, 2, 6]).select(3, dim)));
      const G = g.detach().reshape([2, 3, 6]);
      const transposed = (weight: Tensor) => einsum('ock,bop->bckp', weight.detach().reshape([3, 4, 4]), G);
      const times = (weight: Tensor, columns: Tensor) =>
        einsum('ock,bckp->bop', weight.detach().reshape([3, 4, 4]), columns).reshape(g.shape);

      const [S, Sy, Sx, Sxy] = [gather(x, 0, 0), gather(x, 1, 0), gather(x, 0, 1), gather(x, 1, 1)];
      const [D, D1] = [transposed(w), transposed(dirW)];
      const change = gather(dirX, 0, 0).add(Sy.mul(dirY)).add(Sx.mul(dirXs));
      const C1 = dirM.mul(S).add(m.mul(change));
      const Dm1 = D1.mul(m).add(D.mul(dirM));
      const dm = overGroup(D1.mul(S).add(D.mul(change))).reshape([2, 8, 3, 2]);
      const dy = overGroup(Dm1.mul(Sy).add(D.mul(m).mul(gather(dirX, 1, 0).add(Sxy.mul(dirXs)))));
      const dxs = overGroup(Dm1.mul(Sx).add(D.mul(m).mul(gather(dirX, 0, 1).add(Sxy.mul(dirY)))));
      const dOffset = stack([dy, dxs], 3).reshape(offset.shape);
      const Dm = D.mul(m);
      const dx = scatter(Dm1, 0, 0)
        .add(scatter(Dm.mul(dirY), 1, 0))
        .add(scatter(Dm.mul(dirXs), 0, 1));
      const dW = einsum('bop,bckp->ock', G, C1).reshape(w.shape);
      const dG = times(dirW, m.mul(S)).add(times(w, C1));
      if (mask === null) {
        const run = (...[a, b, c]: Tensor[]) => deformConv2d(a, b, c);
        expectAll(secondOrder(run, [x, offset, w], g, [dirX, dirOffset, dirW]), [dx, dOffset, dW, dG]);
      } else {
        const run = (...[a, b, c, d]: Tensor[]) => deformConv2d(a, b, c, null, d);
        expectAll(secondOrder(run, [x, offset, w, mask], g, [dirX, dirOffset, dirW, dirMask]), [dx, dOffset, dW, dm, dG]);
      }
    }
  });

  it('packed deformable: what the prediction adds to the deformable convolution', () => {
    const settings: DeformConvOptions = { padding: 1 };
    const [x, w] = [leaf([1, 2, 4, 3], 1), leaf([2, 2, 2, 2], 2)];
    const [wz, bz] = [leaf([12, 2, 2, 2], 3).mul(0.1).detach().requiresGrad_(), leaf([12], 4)];
    const predict = (image: Tensor, weight: Tensor, bias: Tensor) => conv2d(image, weight, bias, settings);
    const offsetsOf = (z: Tensor) => z.narrow(1, 0, 8);
    const masksOf = (z: Tensor) => z.narrow(1, 8, 4);
    const run = (image: Tensor, weight: Tensor, weightZ: Tensor, biasZ: Tensor) => {
      const z = predict(image, weightZ, biasZ);
      return deformConv2d(image, offsetsOf(z), weight, null, sigmoid(masksOf(z)), settings);
    };
    const g = leaf(run(x, w, wz, bz).shape, 5);
    const [dirX, dirW, dirWz, dirBz] = [x, w, wz, bz].map(({ shape }, index) => normal(shape, 6 + index));

    const z = predict(x, wz, bz).detach();
    const m = sigmoid(masksOf(z));
    const slope = m.mul(m.neg().add(1));
    const { conv, convInput, convWeight } = maps((image, weight) => conv2d(image, weight, null, settings), x.shape, wz.shape);
    const dirZ = conv(dirX, wz).add(conv(x, dirWz)).add(overPixels(dirBz)).detach();
    const dirM = slope.mul(masksOf(dirZ));
    const operands = [x, offsetsOf(z), w, m].map((operand) => operand.detach().requiresGrad_());
    const deform = (image: Tensor, offset: Tensor, weight: Tensor, mask: Tensor) =>
      deformConv2d(image, offset, weight, null, mask, settings);
    const [, gOffset, , gMask] = grad(deform(...tuple(operands)), operands, { gradOutputs: [g.detach()] });
    const [dxDeform, dOffset, dwDeform, dMask, dgDeform] = secondOrder((...inputs) => deform(...tuple(inputs)), operands, g, [
      dirX,
      offsetsOf(dirZ),
      dirW,
      dirM,
    ]);
    const h = joined(gOffset, gMask.mul(slope));
    const dr = dMask.mul(slope).add(gMask.mul(slope).mul(m.mul(-2).add(1)).mul(masksOf(dirZ)));
    const dirH = joined(dOffset, dr);
    const dx = dxDeform.add(convInput(dirH, wz)).add(convInput(h, dirWz));
    const dwz = convWeight(x, dirH).add(convWeight(dirX, h));
    const got = secondOrder((a, b, c, d) => run(a, b, c, d), [x, w, wz, bz], g, [dirX, dirW, dirWz, dirBz]);
    expectAll(got, [dx, dwDeform, dwz, dirH.sum([0, 2, 3]), dgDeform]);
  });
});

/** The four operands by name of their places. */
function tuple([x, offset, weight, mask]: readonly Tensor[]): [Tensor, Tensor, Tensor, Tensor] {
  return [x, offset, weight, mask];
}

/** The cotangent of the prediction: offsets before masks. */
function joined(offset: Tensor, mask: Tensor): Tensor {
  const z = zeros([offset.shape[0], offset.shape[1] + mask.shape[1], ...offset.shape.slice(2)], { dtype: 'float64' });
  z.set_([':', { end: offset.shape[1] }], offset.detach());
  z.set_([':', { start: offset.shape[1] }], mask.detach());
  return z;
}
