/*
 * The layers that the ruler times, in TensorFlow.js (channels last): those that it has. Grouped and deformable convolutions it has not.
 */

const image = [16, 28, 28, 64];

/** Builds the table for a TensorFlow.js: leaves by shape, and the function of them. */
export function layersOf(tf) {
  const bias = (y, b) => tf.add(y, b);
  const dense = (shape, channels) => ({
    leaves: [shape, [3, 3, channels, channels], [channels]],
    compute: (x, w, b) => bias(tf.conv2d(x, w, 1, 'same'), b),
  });
  return {
    conv3x3: dense(image, 64),
    'conv3x3-128': dense([16, 14, 14, 128], 128),
    'conv3x3-256': dense([16, 7, 7, 256], 256),
    pointwise: { leaves: [image, [1, 1, 64, 64], [64]], compute: (x, w, b) => bias(tf.conv2d(x, w, 1, 'same'), b) },
    depthwise: { leaves: [image, [3, 3, 64, 1], [64]], compute: (x, w, b) => bias(tf.depthwiseConv2d(x, w, 1, 'same'), b) },
    'depthwise-separable': {
      leaves: [image, [3, 3, 64, 1], [1, 1, 64, 64], [64]],
      compute: (x, depth, point, b) => bias(tf.separableConv2d(x, depth, point, 1, 'same'), b),
    },
    dilated2: {
      leaves: [image, [3, 3, 64, 64], [64]],
      compute: (x, w, b) => bias(tf.conv2d(x, w, 1, 'same', 'NHWC', 2), b),
    },
    transposed: {
      leaves: [[16, 14, 14, 64], [4, 4, 64, 64], [64]],
      compute: (x, w, b) => bias(tf.conv2dTranspose(x, w, image, 2, 'same'), b),
    },
    'spatially-separable': {
      leaves: [image, [3, 1, 64, 64], [1, 3, 64, 64], [64]],
      compute: (x, column, row, b) => bias(tf.conv2d(tf.conv2d(x, column, 1, 'same'), row, 1, 'same'), b),
    },
    conv3d: {
      leaves: [[4, 16, 16, 16, 16], [3, 3, 3, 16, 16], [16]],
      compute: (x, w, b) => bias(tf.conv3d(x, w, 1, 'same'), b),
    },
    conv1d: { leaves: [[16, 512, 64], [3, 64, 64], [64]], compute: (x, w, b) => bias(tf.conv1d(x, w, 1, 'same'), b) },
    linear: { leaves: [[64, 3136], [128, 3136], [128]], compute: (x, w, b) => bias(tf.matMul(x, w, false, true), b) },
    'relu-maxpool': { leaves: [[64, 28, 28, 32]], compute: (x) => tf.maxPool(tf.relu(x), 2, 2, 'valid') },
    gemm1024: {
      leaves: [
        [1024, 1024],
        [1024, 1024],
      ],
      compute: (a, b) => tf.matMul(a, b),
    },
  };
}
