/** What every command shares: where the project is, how to print, and how a failure is told. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { createProgress, type Progress } from '../progress.ts';

export const root = resolve(import.meta.dirname, '../..');
export const threads = Math.max(1, availableParallelism());

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function progress(label: string, total: number): Progress {
  return createProgress({ label, total });
}

/** A sentence for what the user can mend; the stack only for what is our bug. */
export function toldPlainly<A>(run: (context: A) => Promise<void>): (context: A) => Promise<void> {
  return async (context) => {
    try {
      await run(context);
    } catch (error) {
      const ours = !(error instanceof Error) || error instanceof TypeError || error.message.startsWith('internal:');
      process.stderr.write(`\n${ours ? ((error as Error).stack ?? error) : (error as Error).message}\n`);
      process.exitCode = 1;
    }
  };
}
