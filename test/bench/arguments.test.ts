import { expect } from 'chai';
import { CommanderError } from 'commander';
import { parseOptions } from '../../bench/arguments.ts';
import { otherLayerNames, usualNames, workloadNames } from '../../bench/workloads/names.ts';

function parse(...args: readonly string[]) {
  return parseOptions(['node', 'main.ts', ...args]);
}

/** What a wrong command line is answered. */
function refusal(...args: readonly string[]): string {
  const { write } = process.stderr;
  process.stderr.write = () => true;
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode !== 0) return error.message;
    throw error;
  } finally {
    process.stderr.write = write;
  }
  throw new Error('it was accepted');
}

describe('the arguments of the ruler', () => {
  it('ask for ours alone, all workloads and all parts, if nothing is said', () => {
    const options = parse();
    expect(options.peers).to.deep.equal([]);
    expect(options.only).to.deep.equal(usualNames);
    expect([...usualNames, ...otherLayerNames]).to.have.members(workloadNames);
    expect(options.sections).to.include.members(['rows', 'growth', 'nodes']);
    expect(options.python).to.equal('python3');
  });

  it('time other layers where they are named', () => {
    expect(parse('--only', 'conv5x5,lenet-b1').only).to.have.members(['conv5x5', 'lenet-b1']);
    expect(parse().only).to.not.include('conv5x5');
  });

  it('narrow a run', () => {
    const options = parse('--only', 'gemm1024, lenet-b16', '--threads', '2,1,2', '--peers', 'tfjs,torch');
    expect(options.only).to.have.members(['gemm1024', 'lenet-b16']);
    expect(options.threads).to.deep.equal([1, 2]);
    expect(options.peers).to.deep.equal(['torch', 'tfjs']);
    expect(options.sections).to.deep.equal(['rows']);
  });

  it('leave only rows and overhead of a quick run, or what is named', () => {
    expect(parse('--quick').sections).to.deep.equal(['rows', 'overhead']);
    expect(parse('--quick', '--sections', 'memory').sections).to.deep.equal(['memory']);
  });

  it('name what is wrong with them', () => {
    expect(refusal('--only', 'conv9x9')).to.include("There is no workload 'conv9x9'; there are conv3x3,");
    expect(refusal('--peers', 'jax')).to.include("There is no peer 'jax'; there are torch, tfjs.");
    expect(refusal('--threads', '0')).to.include('Expected whole numbers from 1 to 256');
    expect(refusal('--sections', 'all')).to.include("There is no section 'all'");
    expect(refusal('--fast')).to.include("unknown option '--fast'");
    expect(refusal('conv3x3')).to.include('too many arguments');
  });
});
