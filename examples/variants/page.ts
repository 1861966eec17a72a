import { costsInNumbers, inLetters } from './arithmetic.ts';
import { lineChart, type Series, scatterChart } from './charts.ts';
import { layerDrawing, netDrawing, samplingDrawing } from './drawings.ts';
import { middlePlaces } from './network.ts';
import { style } from './page_style.ts';
import { type DigitSamples, grouped, percent, type RunFacts, type ShownDigits, type Task, tasks, type VariantReport } from './report.ts';
import { offsetLrShare } from './training.ts';
import { poseRange } from './transformed_digits.ts';
import type { Verdict } from './verdict.ts';

/** The page as one HTML text that loads nothing: styles, charts and images are inside it. */
export function page(reports: readonly VariantReport[], verdicts: readonly Verdict[], shown: ShownDigits, facts: RunFacts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Convolution variants on MNIST</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Convolution variants on MNIST</h1>
${introduction(facts)}
<section id="verdict"><h2>Does the deformable net win?</h2>${verdictList(verdicts)}</section>
<section id="table"><h2>Cost and accuracy</h2>${table(reports)}</section>
<section id="curves"><h2>Learning curves</h2>${curves(reports)}</section>
<section id="reading"><h2>What one output reads</h2>${readings(reports)}</section>
<section id="sampling"><h2>Where the deformable nets sample</h2>${sampling(reports, shown)}</section>
</main>
</body>
</html>
`;
}

function introduction(facts: RunFacts): string {
  const [shrunk, grown] = poseRange.scale;
  return `<p>One small net, with another kind of convolution in its three middle layers each time: 3×3 convolution and max pooling to 14×14;
<b>middle layer 1</b> and max pooling to 7×7; <b>middle layers 2 and 3</b>; max pooling to 3×3; a linear layer. ReLU follows every
convolution. Each net learns two tasks from the same start: MNIST as it is, and MNIST with every digit turned by up to
±${poseRange.degrees}°, resized by a factor of ${shrunk} to ${grown} and moved by up to ±${poseRange.shift} pixels in each direction, anew each time that it is seen;
the test digits keep one pose for all nets.</p>
<p class="facts">${grouped(facts.trainImages)} images to learn from, ${facts.epochs} passes, ${grouped(facts.testImages)} images to test on ·
batch ${facts.batchSize}, Adam, learning rate ${facts.lr} falling to 0 along a cosine (predictions of offsets: ${offsetLrShare} of it) · seed ${facts.seed} · ${escapeHtml(facts.machine)} · ${(facts.seconds / 60).toFixed(1)} minutes${
    facts.interrupted ? ' · <b>stopped before the last net</b>' : ''
  }</p>`;
}

function verdictList(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0)
    return '<p>This run did not train both a deformable net and a standard one of its size: there is nothing to compare.</p>';
  const items = verdicts.map(({ comparison, sentence }) => `<li class="${comparison.verdict}">${escapeHtml(sentence)}</li>`).join('\n');
  return `<ul class="verdicts">${items}</ul><p class="note">One seed: the margin covers the choice of
test images, not that of the initial weights; other seeds can turn a small difference round. The learning rate of the predicted offsets was picked by trials:
of the whole rate and ${offsetLrShare} of it on transformed test digits, which favours the deformable nets a little; then 0.05, 0.1, ${offsetLrShare} and 0.5 of it were compared on
digits held out of the training images.</p>`;
}

function table(reports: readonly VariantReport[]): string {
  const best = (task: Task) => Math.max(...reports.map((report) => finalAccuracy(report, task)));
  const bests = { digits: best('digits'), transformed: best('transformed') };
  const rows = reports.map((report) => {
    const { variant, parameters, cost, stepTime } = report;
    const letters = inLetters(variant.cost(middlePlaces(variant.width)[0]));
    const positions = variant.costAt === 'input' ? 'H W' : "H' W'";
    const accuracy = (task: Task) => {
      const share = finalAccuracy(report, task);
      return `<td class="number">${share === bests[task] ? `<b>${percent(share)}</b>` : percent(share)}</td>`;
    };
    return `<tr><th>${variant.name}<small>${escapeHtml(variant.description)}</small></th><td class="number">${grouped(parameters)}</td>
<td class="formula"><span>(${letters}) ${positions}</span><br>${costsInNumbers(cost.middle)} = <b>${grouped(cost.middleTotal)}</b></td>
<td class="number">${grouped(cost.total)}</td><td class="number">${stepTime.toFixed(1)}</td>${accuracy('digits')}${accuracy('transformed')}</tr>`;
  });
  return `<div class="wide"><table><thead><tr><th>variant</th><th class="number">parameters</th><th>multiply-adds of the three middle layers, one image</th>
<th class="number">multiply-adds<br>of the net</th><th class="number">step, ms</th><th class="number">${tasks.digits}</th><th class="number">transformed<br>MNIST</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<p class="note">K kernel size, M input and N output channels, g groups; H' W' positions of the output, H W of the input. Products with the
zeros of the padding count; biases, ReLU and pooling do not. Deformable: 2 K² (v1) or 3 K² (v2) numbers are predicted at each position, and
a sample is made of four pixels (v2: and weighted once more). A step is forward, backward and update: the median over both tasks.
Accuracies are of the last pass, on the test images.</p>`;
}

function finalAccuracy({ results }: VariantReport, task: Task): number {
  const { accuracies } = results[task];
  return accuracies[accuracies.length - 1][1];
}

const imagesSeen = { name: 'images seen', write: (value: number) => grouped(value) } as const;
const accuracyAxis = (title: string) => ({ name: title, write: (value: number) => `${(100 * value).toFixed(0)} %` }) as const;

function curves(reports: readonly VariantReport[]): string {
  const lines = (points: (report: VariantReport) => Series['points']): Series[] =>
    reports.map((report) => ({ name: report.variant.name, points: points(report), stressed: report.samples !== null }));
  const lossAxis = { name: 'training loss', write: (value: number) => `${value}` } as const;
  const charts = (['digits', 'transformed'] as const).flatMap((task) => [
    lineChart(
      `Test accuracy, ${tasks[task]}`,
      imagesSeen,
      accuracyAxis('accuracy'),
      lines(({ results }) => results[task].accuracies),
    ),
    lineChart(
      `Training loss, ${tasks[task]}`,
      imagesSeen,
      lossAxis,
      lines(({ results }) => results[task].losses),
    ),
  ]);
  const multiplyAdds = { name: 'multiply-adds of the net', write: (value: number) => `${value / 1e6} M` } as const;
  const price = lines((report) => [[report.cost.total, finalAccuracy(report, 'transformed')]]);
  charts.push(scatterChart(`What accuracy costs, ${tasks.transformed}`, multiplyAdds, accuracyAxis('accuracy'), price));
  return `<div class="charts">${charts.map((chart) => `<figure>${chart}</figure>`).join('')}</div>
<p class="note">The deformable nets are drawn thicker. The loss is the mean over a tenth of a pass.</p>`;
}

function readings(reports: readonly VariantReport[]): string {
  const cards = reports.map(
    ({ variant, layerReading, netReading }) => `<figure class="card"><figcaption>${variant.name}</figcaption>
<div>${layerDrawing(layerReading)}${netDrawing(netReading)}</div></figure>`,
  );
  return `<p>Left: the first middle layer. Blue are the pixels that one output (full green dot) reads, the darker, the more of the channels;
framed in orange those of the output beside it (ring). The strip below shows which input channels it reads. Right: the whole net. How strongly
each pixel of the image moves the middle output of the last middle layer, averaged over test digits. Both are gradients taken by the
library in the nets that learned the transformed digits: what has none is not read. A deformable layer also reads the window from which it
predicts its offsets.</p><div class="cards">${cards.join('\n')}</div>`;
}

function sampling(reports: readonly VariantReport[], shown: ShownDigits): string {
  const drawn = reports.flatMap(({ variant, samples }) =>
    samples === null ? [] : [`<h3>${variant.name}</h3>${samplingTable(samples, shown)}`],
  );
  if (drawn.length === 0) return '<p>This run trained no deformable net.</p>';
  return `<p>Green: one output of the last middle layer, at the centre of the digit. Red: where it samples, by the last layer alone (9 places),
by the last two (81) and by all three (729), each followed from the output nearest to it. Before training all offsets are zero. In v2
paler places have smaller masks. The frame is the image: beyond it are zeros.</p>${drawn.join('\n')}`;
}

function samplingTable(samples: readonly DigitSamples[], { pixels, labels }: ShownDigits): string {
  const rows = samples.map(({ before, after }, digit) => {
    const cells = [before, after].flatMap((places) =>
      places.levels.map((_, level) => `<td>${samplingDrawing(pixels[digit], places, level)}</td>`),
    );
    return `<tr><th>${labels[digit]}</th>${cells.join('')}</tr>`;
  });
  const levels = samples[0].after.levels.map((_, level) => `<th>${['layer 3', 'layers 3, 2', 'layers 3, 2, 1'][level]}</th>`).join('');
  return `<div class="wide"><table class="sampling"><thead><tr><th></th><th colspan="3">before training</th><th colspan="3">after training</th></tr>
<tr><th></th>${levels}${levels}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
