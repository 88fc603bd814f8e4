import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const guard = join(import.meta.dirname, '../../../offline/local-worker/guard.ts');

/** A command that says its own id and its child's, and would run for a minute. */
const COMMAND = `
const child = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
console.log(process.pid + ' ' + child.pid);
setTimeout(() => {}, 60000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a guarded command and its children end when the guard’s input closes', async () => {
  const guarded = spawn(process.execPath, [guard, process.execPath, '-e', COMMAND], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = await once(guarded.stdout, 'data');
  const pids = String(said).trim().split(' ').map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);
  guarded.stdin.destroy(); // what the kernel does when the starter is killed
  await once(guarded, 'exit');
  await expect.poll(() => pids.map(isAlive)).toEqual([false, false]);
});

test('the guard ends with its command and with its exit code', async () => {
  const guarded = spawn(process.execPath, [guard, process.execPath, '-e', 'process.exit(7)'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [code] = await once(guarded, 'exit');
  guarded.stdin.destroy();
  expect(code).toBe(7);
});
