import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { CommandDef } from 'citty';
import { expect, test } from 'vitest';
import { EXAMPLES } from '../../../offline/commands/examples.ts';
import { main } from '../../../offline/commands/main.ts';

const cli = join(import.meta.dirname, '../../../offline/cli.ts');

/** Those that do something, by their names: "index build". */
async function leaves({ subCommands }: CommandDef, names: string[] = []): Promise<string[]> {
  if (!subCommands) return [names.join(' ')];
  const found = Object.entries(subCommands).map(async ([name, command]) =>
    leaves(await (typeof command === 'function' ? command() : command), [...names, name]),
  );
  return (await Promise.all(found)).flat();
}

const commands = await leaves(main as CommandDef);

test('every command has an example, and every example a command', () => {
  expect(commands.length).toBeGreaterThan(25);
  expect(Object.keys(EXAMPLES).sort()).toEqual(commands.sort());
});

test('an example calls its own command, and comes after the one it builds on', () => {
  const names = Object.keys(EXAMPLES);
  for (const [name, { lines, after }] of Object.entries(EXAMPLES)) {
    expect(lines.at(-1)).toMatch(new RegExp(`^npm run cuepoint -- ${name}( |$)`));
    if (after)
      expect([name, names.indexOf(after)]).toEqual([
        name,
        expect.toBeOneOf([...names.slice(0, names.indexOf(name)).keys()]),
      ]);
  }
});

function cuepoint(args: string[], env: Record<string, string | undefined>) {
  const clean = { ...process.env, TEST: undefined, CI: undefined, NO_COLOR: undefined, VITEST: undefined };
  return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env: { ...clean, ...env } });
}

test('--help prints the example, and no colour codes where stdout is no terminal', () => {
  for (const env of [{}, { FORCE_COLOR: '1' }]) {
    const { status, stdout, stderr } = cuepoint(['index', 'build', '--help'], env);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`  ${EXAMPLES['index build'].lines[0]}\n`);
    expect(stdout).not.toContain('\u001B');
  }
});

test('a command that is not there is refused without colour codes', () => {
  const { status, stdout, stderr } = cuepoint(['index', 'bild'], {});
  expect([status, stderr]).toEqual([1, 'Unknown command bild\n']);
  expect(stdout).not.toContain('\u001B');
});
