import { afterEach, expect, test, vi } from 'vitest';
import { toldPlainly } from '../../../offline/commands/command.ts';

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
  await toldPlainly(run)({ rawArgs, cmd });
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
