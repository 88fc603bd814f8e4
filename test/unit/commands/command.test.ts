import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { WRITES, withUserErrors } from '../../../offline/commands/command.ts';

const cmd = { args: { music: { type: 'string' }, once: { type: 'boolean' } } };
let told = '';
const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
  told += text;
  return true;
});

afterEach(() => {
  told = '';
  process.exitCode = 0;
  stderr.mockClear();
});

async function call(rawArgs: string[], run = vi.fn(async () => undefined)) {
  await withUserErrors(run)({ rawArgs, cmd });
  return run;
}

test('runs with the flags that the command has', async () => {
  expect(await call(['--music', 'a b', '--once'])).toHaveBeenCalledOnce();
  expect(await call(['--music=x'])).toHaveBeenCalledOnce();
  expect(process.exitCode ?? 0).toBe(0);
});

test.each([
  [['--musik', 'x'], '--musik: not a flag of this command. It takes --music, --once.'],
  [['--music='], '--music: expected a value'],
  [['--once', '--music'], '--music: expected a value, got nothing.'],
  [['--music', '--once'], '--music: expected a value, got nothing.'],
  [['--music', ''], 'expected a value after each flag'],
])('does not run with %j', async (rawArgs, sentence) => {
  expect(await call(rawArgs)).not.toHaveBeenCalled();
  expect(told).toContain(sentence);
  expect(process.exitCode).toBe(1);
});

test('a flag that is written to is tried before the command runs', async () => {
  const run = vi.fn(async () => undefined);
  const args = {
    out: { type: 'string', valueHint: WRITES.folder },
    json: { type: 'string', valueHint: WRITES.file },
  };
  const given = (values: Record<string, string>) =>
    withUserErrors(run)({
      rawArgs: Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]),
      cmd: { args },
      args: values,
    });
  await given({ out: tmpdir(), json: join(tmpdir(), 'numbers.json') });
  expect(run).toHaveBeenCalledOnce();
  await given({ out: import.meta.filename });
  expect(told).toMatch(/^\n--out: expected a folder, got the file .*command\.test\.ts\. Give another\.\n$/);
  told = '';
  await given({ json: join(import.meta.filename, 'numbers.json') });
  expect(told).toMatch(/^\n--json: .*numbers\.json: expected a folder, got the file .*command\.test\.ts in its place/);
  expect(run).toHaveBeenCalledOnce();
});

test('every flag of every command that names what is written says so', async () => {
  const files = globSync(join(import.meta.dirname, '../../../offline/commands/*.ts'));
  const unsaid: string[] = [];
  let written = 0;
  for (const file of files) {
    const exported = Object.values((await import(file)) as Record<string, unknown>);
    const commands = exported.flatMap((one) => withSubCommands(one as Command));
    for (const { meta, args } of commands)
      for (const [name, { type, valueHint }] of Object.entries(args ?? {})) {
        if (type !== 'string' || !['out', 'json', 'csv', 'html', 'svg', 'rejected', 'to', 'cache'].includes(name))
          continue;
        const hints: (string | undefined)[] = Object.values(WRITES);
        // Where an index lies that may only be read: tried by the commands that change it. Or a version, or a kind of place.
        const isOther =
          `${meta?.name} ${name}` === 'import csv' ||
          (['report', 'list', 'verify', 'rollback', 'publish', 'build', 'add', 'remove', 'vectorize'].includes(
            meta?.name ?? '',
          ) &&
            ['out', 'to'].includes(name));
        if (hints.includes(valueHint)) written++;
        else if (!isOther) unsaid.push(`${meta?.name} --${name}`);
      }
  }
  expect(unsaid).toEqual([]);
  expect(written).toBeGreaterThan(20);
});

interface Command {
  meta?: { name?: string };
  args?: Record<string, { type?: string; valueHint?: string }>;
  subCommands?: Record<string, Command>;
}

function withSubCommands(command: Command): Command[] {
  if (typeof command !== 'object' || !command?.meta) return [];
  return [command, ...Object.values(command.subCommands ?? {}).flatMap(withSubCommands)];
}

test('tells what the user can mend in a sentence, and our own mistakes with their place', async () => {
  await call(
    [],
    vi.fn(async () => Promise.reject(new Error('folder: expected music, got none. Check the path.'))),
  );
  expect(told).toBe('\nfolder: expected music, got none. Check the path.\n');
  told = '';
  await call(
    [],
    vi.fn(async () => Promise.reject(new TypeError('x is undefined'))),
  );
  expect(told).toContain('command.test.ts');
});
