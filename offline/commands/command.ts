/** What every command shares: where the project is, how to print, and how a failure is reported. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { refuseUnwritable } from '../lib/files.ts';
import { createProgress, type Progress } from '../lib/progress.ts';

export const root = resolve(import.meta.dirname, '../..');
export const threads = Math.max(1, availableParallelism());

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** As any command of a shell: when the reader has gone (`… | head`), there is nothing left to do. */
export function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

export function progress(label: string, total: number): Progress {
  return createProgress({ label, total });
}

/** A path as the user wrote it: `npm run` changes the folder and leaves the old one in INIT_CWD. */
export function fromHere(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

/** Where `cuepoint encoders add` keeps towers. */
export function encodersFolder(given?: string): string {
  return given ? fromHere(given) : join(root, '.cuepoint/encoders');
}

/** @throws Error naming the flag when the text is no whole number from 1 on */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag}: expected a whole number from 1, got "${text}".`);
  return value;
}

/** @throws Error naming the flag when the text is none of those it takes */
export function oneOf<const T extends string>(what: string, known: readonly T[], given: string): T {
  const found = known.find((name) => name === given);
  if (found) return found;
  throw new Error(`${what}: expected one of ${known.join(', ')}, got "${given}".`);
}

/** A flag whose value is written to says so by its `valueHint`: it is tried before the command begins its work. */
export const WRITES = { folder: 'folder to write', file: 'file to write' } as const;

/** Of the commands that split rows: see data/hold-out.ts. */
export const HOLD_OUT = {
  type: 'string',
  default: '0',
  description: 'share of the tracks that keep no training row, e.g. 0.25; validation and test keep theirs',
} as const;

interface Called {
  rawArgs: string[];
  cmd: { args?: unknown };
  args?: Readonly<Record<string, unknown>>;
}

/** @throws Error naming the flag, the folder and what to do about it */
async function refuseUnwritableFlags({ cmd, args = {} }: Called): Promise<void> {
  for (const [name, { valueHint }] of Object.entries((cmd.args ?? {}) as Record<string, { valueHint?: string }>)) {
    const kind = valueHint === WRITES.folder ? 'folder' : valueHint === WRITES.file ? 'file' : undefined;
    const given = args[name];
    if (kind && typeof given === 'string') await refuseUnwritable(fromHere(given), { flag: `--${name}`, kind });
  }
}

/** A flag with a typo would otherwise be as good as none. */
function refuseUnknownFlags({ rawArgs, cmd }: Called): void {
  const args = (cmd.args ?? {}) as Record<string, { type?: string }>;
  const known = Object.keys(args).map((name) => `--${name}`);
  for (const [i, argument] of rawArgs.entries()) {
    const [flag, value] = argument.split('=', 2);
    if (flag.startsWith('--') && !known.includes(flag))
      throw new Error(`${flag}: not a flag of this command. It takes ${known.join(', ')}.`);
    if (!flag.startsWith('--')) continue;
    const next = rawArgs[i + 1];
    const isLeftOut = value === undefined && (next === undefined || known.includes(next));
    if (value === '' || (isLeftOut && args[flag.slice(2)].type !== 'boolean'))
      throw new Error(`${flag}: expected a value, got nothing.`);
  }
  if (rawArgs.includes(''))
    throw new Error('expected a value after each flag, got an empty one. Check the variables you gave.');
}

/** A sentence for what the user can mend; the stack only for what is our bug. */
export function withUserErrors<C extends Called>(run: (context: C) => Promise<void>): (context: C) => Promise<void> {
  return async (context) => {
    try {
      refuseUnknownFlags(context);
      await refuseUnwritableFlags(context);
      await run(context);
    } catch (error) {
      const ours = !(error instanceof Error) || error instanceof TypeError || error.message.startsWith('internal:');
      process.stderr.write(`\n${ours ? ((error as Error).stack ?? error) : (error as Error).message}\n`);
      process.exitCode = 1;
    }
  };
}
