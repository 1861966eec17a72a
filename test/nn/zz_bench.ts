import { randint, randn } from '@convgrad/core';
import { Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@convgrad/nn';

const model = new Sequential(
  new Conv2d(1, 6, 5, { padding: 2 }),
  new ReLU(),
  new MaxPool2d(2),
  new Conv2d(6, 16, 5),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Linear(400, 120),
  new ReLU(),
  new Linear(120, 84),
  new ReLU(),
  new Linear(84, 10),
);
const loss = new CrossEntropyLoss();
console.log(String(model));
for (const n of (process.env.N ?? "16,64").split(",").map(Number)) {
  const x = randn([n, 1, 28, 28]);
  const t = randint(10, [n]);
  const step = () => {
    model.zeroGrad();
    const l = loss.forward(model.forward(x), t);
    l.backward();
    return l;
  };
  for (let i = 0; i < 100; i++) step();
  const times: number[] = [],
    fw: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const a = performance.now();
    step();
    times.push(performance.now() - a);
  }
  for (let i = 0; i < 2000; i++) {
    const a = performance.now();
    const y = loss.forward(model.forward(x), t);
    fw.push(performance.now() - a);
    y.backward();
  }
  times.sort((a, b) => a - b);
  fw.sort((a, b) => a - b);
  console.log(n, 'step median', times[1000].toFixed(3), 'min', times[0].toFixed(3), 'fwd min', fw[0].toFixed(3));
}
