/** `--help`: what a command takes, as citty writes it, and an example. */
import { type ArgsDef, type CommandDef, type CommandMeta, renderUsage } from 'citty';
import { EXAMPLES, type Example } from './examples.ts';

/** @param parent the command that it is a sub-command of; none of `cuepoint` itself */
export async function showHelp<T extends ArgsDef>(command: CommandDef<T>, parent?: CommandDef<T>): Promise<void> {
  const usage = await renderUsage(command, parent);
  const example = EXAMPLES[await pathOf(command, parent)];
  const lines = usage.split('\n').map((line) => line.trimEnd());
  process.stdout.write(`${[...lines, '', ...(example ? [...exampleLines(example), ''] : [])].join('\n')}`);
}

/** As the table names it: "index build". */
async function pathOf<T extends ArgsDef>(command: CommandDef<T>, parent?: CommandDef<T>): Promise<string> {
  const names = [await nameOf(parent), await nameOf(command)];
  return names.filter((name) => name && name !== 'cuepoint').join(' ');
}

async function nameOf<T extends ArgsDef>(command?: CommandDef<T>): Promise<string | undefined> {
  const meta = command?.meta;
  return ((await (typeof meta === 'function' ? meta() : meta)) as CommandMeta | undefined)?.name;
}

function exampleLines({ lines, after, needs }: Example): string[] {
  const earlier = ['`npm run demo -- --once`', after && `the example of \`${after}\``].filter(Boolean).join(' and ');
  return [
    `EXAMPLE, in the project's folder, after ${earlier}${needs ? `; it needs ${needs}` : ''}:`,
    '',
    ...lines.map((line) => `  ${line}`),
  ];
}
