// A child process that holds one compiler and runs the jobs it is sent, one after the other, until its parent goes.
import { commands, Exit, type Tree } from '@yowasp/clang';
import { writeAtomically } from './files.ts';

/** One run of clang. */
export interface CompilerJob {
  readonly args: readonly string[];
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** File of the compiler's tree to be written to `path`. */
  readonly output: string;
  readonly path: string;
}

/** What came of it: clang's messages, and whether the file was written. */
export interface CompilerResult {
  readonly succeeded: boolean;
  readonly messages: string;
  readonly seconds: number;
}

async function run(job: CompilerJob): Promise<CompilerResult> {
  const start = performance.now();
  const decoder = new TextDecoder();
  let messages = '';
  const collect = (bytes: Uint8Array | null): void => {
    messages += bytes === null ? '' : decoder.decode(bytes, { stream: true });
  };
  const done = (succeeded: boolean): CompilerResult => ({ succeeded, messages, seconds: (performance.now() - start) / 1000 });
  try {
    const options = { stdout: collect, stderr: collect };
    const tree = await commands['clang++']([...job.args], treeOf(job.files), options);
    const output = tree?.[job.output];
    if (!(output instanceof Uint8Array)) {
      throw new Error(`clang gave no ${job.output}`);
    }
    writeAtomically(job.path, output);
    return done(true);
  } catch (error) {
    if (!(error instanceof Exit)) {
      messages += error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    return done(false);
  }
}

function treeOf(files: CompilerJob['files']): Tree {
  const root: Tree = {};
  for (const [path, content] of files) {
    const folders = path.split('/');
    const name = folders.pop() ?? path;
    folders.reduce(folderIn, root)[name] = content;
  }
  return root;
}

function folderIn(tree: Tree, name: string): Tree {
  const present = tree[name];
  if (typeof present === 'object' && !(present instanceof Uint8Array)) {
    return present;
  }
  const created: Tree = {};
  tree[name] = created;
  return created;
}

process.on('message', (job: CompilerJob) => {
  void run(job).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
