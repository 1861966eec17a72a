import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inferenceMode, randn } from '@convgrad/core';
import { ConvLayer } from '@convgrad/nn';
import { expect } from 'chai';
import { multiplyAdds } from '../../examples/variants/arithmetic.ts';
import { rivals, variants } from '../../examples/variants/catalogue.ts';
import { compare } from '../../examples/variants/comparison.ts';
import { costOf } from '../../examples/variants/costs.ts';
import { netParameters, VariantNet } from '../../examples/variants/network.ts';
import { readByOutput } from '../../examples/variants/receptive_field.ts';
import { poseImage, upright } from '../../examples/variants/transformed_digits.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function runVariants(...options: readonly string[]): Promise<string> {
  const args = ['--import', 'tsx', '--conditions=@convgrad/source', 'examples/variants/main.ts', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout;
}

describe('the variants program', () => {
  let folder = '';
  let stdout = '';
  let page = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'convgrad-variants-'));
    const out = join(folder, 'page.html');
    stdout = await runVariants('--quick', '--limit', '40', '--only', 'transposed,deformable-v2,standard-v2-size', '--out', out);
    page = readFileSync(out, 'utf8');
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a page that loads nothing', () => {
    const links = [...page.matchAll(/(?:src|href|action)\s*=\s*"([^"]*)"/g)].map(([, target]) => target);
    expect(links).not.to.have.lengthOf(0);
    for (const link of links) expect(link).to.match(/^data:image\/png;base64,/);
    expect(page.replaceAll(/xmlns(:xlink)?="[^"]*"/g, '')).not.to.match(/https?:|<script|<link|<iframe|@import|url\((?!#)/i);
  });

  it('has every section, with what belongs into it', () => {
    const sections = new Map([...page.matchAll(/<section id="(\w+)">(.*?)<\/section>/gs)].map(([, id, content]) => [id, content]));
    expect([...sections.keys()]).to.deep.equal(['verdict', 'table', 'curves', 'reading', 'sampling']);
    expect(sections.get('verdict')).to.match(/On transformed MNIST the deformable v2 net .* points/);
    expect(sections.get('table')).to.contain('(K² M N) H W').and.to.contain('= <b>2,709,504</b>');
    expect(sections.get('curves')?.match(/<figure><svg/g)).to.have.lengthOf(5);
    expect(sections.get('reading')?.match(/class="grid"/g)).to.have.lengthOf(3);
    const digits = sections.get('sampling')?.match(/<tr><th>\d<\/th>/g) ?? [];
    expect(digits.length).to.be.greaterThan(1);
    // Before and after training, by one, two and three layers.
    expect(sections.get('sampling')?.match(/class="samples"/g)).to.have.lengthOf(6 * digits.length);
    expect(page).to.contain('40 images to learn from');
    expect(page.replaceAll(/base64,[^"]*/g, '')).not.to.match(/NaN|undefined|null/);
  });

  it('prints its progress and the table', () => {
    expect(stdout).to.contain('transposed, MNIST 100 %').and.to.contain('transformed MNIST').and.to.contain('multiply-adds');
  });

  it('refuses a variant that does not exist, naming those that do', async () => {
    const error: unknown = await runVariants('--only', 'convex').catch((reason: unknown) => reason);
    expect(String(error)).to.contain("There is no variant 'convex'").and.to.contain('depthwise-separable');
  });
});

describe('what the variants page claims', () => {
  it('counts multiply-adds as the layers do', () => {
    for (const variant of variants) {
      const net = new VariantNet(variant);
      const { middle } = costOf(variant, net);
      net.middle.forEach((layer, index) => {
        if (!(layer instanceof ConvLayer)) return;
        const input = inferenceMode(() => net.inputOf(index, randn([1, 1, 28, 28])));
        expect(multiplyAdds(middle[index]), variant.name).to.equal(layer.multiplyAdds(input.shape));
      });
    }
  });

  it('compares deformable nets with standard ones of the same size within five per cent', () => {
    for (const { deformable, standard } of rivals) {
      expect(netParameters(standard) / netParameters(deformable), deformable.name).to.be.within(0.95, 1.05);
    }
  });

  it('says of a difference within two standard errors that it is undecided', () => {
    const first = [true, true, true, true, false, true];
    expect(compare(first, first)).to.deep.equal({ difference: 0, standardError: 0, verdict: 'undecided' });
    expect(compare(first, [true, true, true, false, true, true]).verdict).to.equal('undecided');
    const many = new Array<boolean>(100).fill(true);
    expect(compare(many, many.with(0, false)).verdict).to.equal('undecided');
    expect(
      compare(
        many,
        many.map((_, index) => index > 20),
      ).verdict,
    ).to.equal('better');
  });

  it('finds the taps of a dilated layer by the gradient, and no others', () => {
    const dilated = variants.find(({ key }) => key === 'dilated');
    const net = new VariantNet(dilated ?? variants[0]);
    const { magnitudes } = readByOutput(net.middle[0], randn([1, 16, 14, 14]), 7, 7);
    const read = [...magnitudes.subarray(0, 14 * 14).entries()].filter(([, value]) => value > 0).map(([place]) => place);
    expect(read).to.deep.equal([5, 7, 9].flatMap((row) => [5, 7, 9].map((column) => row * 14 + column)));
  });

  it('leaves a digit as it is in the upright pose, and turns it counter-clockwise', () => {
    const image = Uint8Array.from({ length: 25 }, (_, index) => index);
    const posed = new Float32Array(25);
    poseImage(image, 5, upright, posed);
    expect([...posed]).to.deep.equal([...Float32Array.from(image, (byte) => byte / 255)]);
    poseImage(image, 5, { ...upright, angle: Math.PI / 2 }, posed);
    const topLeft = posed[0] * 255;
    // The top right corner comes to the top left.
    expect(topLeft).to.be.closeTo(4, 1e-4);
  });

  it('moves a digit down and to the right by its shift', () => {
    const image = Uint8Array.from({ length: 25 }, (_, index) => (index === 6 ? 255 : 0));
    const posed = new Float32Array(25);
    poseImage(image, 5, { ...upright, shift: [1, 2] }, posed);
    expect([...posed.entries()].filter(([, value]) => value > 0)).to.deep.equal([[13, 1]]);
  });
});
