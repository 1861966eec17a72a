/*
 * The nets that the ruler trains, in TensorFlow.js: the same layers as in nets.ts. Deformable convolutions it has not.
 */

function makers(tf) {
  const { conv2d, depthwiseConv2d, dense, maxPooling2d, flatten, globalAveragePooling2d } = tf.layers;
  const conv = (filters, kernelSize, padding, inputShape) =>
    conv2d({ filters, kernelSize, padding, activation: 'relu', ...(inputShape === undefined ? {} : { inputShape }) });
  const pool = () => maxPooling2d({ poolSize: 2 });
  const image = [28, 28, 1];
  const separable = (filters) => [depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }), conv(filters, 1, 'same')];
  return {
    lenet: () => [
      conv(6, 5, 'same', image),
      pool(),
      conv(16, 5, 'valid'),
      pool(),
      flatten(),
      dense({ units: 120, activation: 'relu' }),
      dense({ units: 84, activation: 'relu' }),
      dense({ units: 10 }),
    ],
    cnn: () => [
      conv(32, 3, 'same', image),
      pool(),
      conv(64, 3, 'same'),
      pool(),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: 10 }),
    ],
    'separable-net': () => [
      conv(32, 3, 'same', image),
      pool(),
      ...separable(64),
      pool(),
      ...separable(128),
      globalAveragePooling2d({}),
      dense({ units: 10 }),
    ],
  };
}

/** A net named as `lenet-b16` with a batch of random images: its training step and its inference; undefined where there is none. */
export function netOf(tf, workload) {
  const [, name, count] = /^(.+)-b(\d+)$/.exec(workload) ?? [];
  const make = makers(tf)[name];
  if (make === undefined) return undefined;
  const batch = Number(count);
  const model = tf.sequential({ layers: make() });
  const optimizer = tf.train.adam(1e-3);
  const images = tf.randomUniform([batch, 28, 28, 1]);
  const labels = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32'), 10);
  return {
    step: () => {
      tf.tidy(() => {
        optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, model.apply(images, { training: true })));
      });
    },
    inference: () => {
      tf.tidy(() => {
        model.predict(images);
      });
    },
  };
}
