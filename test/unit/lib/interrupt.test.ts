import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { orAborted } from '../../../offline/lib/interrupt.ts';

const module = new URL('../../../offline/lib/interrupt.ts', import.meta.url);

/** A process with work that does not end by itself. @param clearing what its `finally` does */
async function interruptible(clearing: string) {
  const script = `
    import { orAborted, untilInterrupted } from ${JSON.stringify(module.href)};
    setTimeout(() => {}, 60000);
    await untilInterrupted(async (interrupted) => {
      console.log('working');
      try { await orAborted(new Promise(() => {}), interrupted); } finally { ${clearing} }
    });
    console.log('went on');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const pieces = child.stdout.on('data', (piece) => {
    said += piece;
  });
  await once(pieces, 'data');
  return { child, said: () => said };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'work clears up after %s, and its process ends by it',
  async (signal) => {
    const { child, said } = await interruptible("console.log('cleared')");
    child.kill(signal);
    expect((await once(child, 'close'))[1]).toBe(signal);
    expect(said()).toBe('working\ncleared\n');
  },
);

test('a second signal ends the process while it clears up', async () => {
  const { child, said } = await interruptible("console.log('clearing'); await new Promise(() => {});");
  child.kill('SIGINT');
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  expect((await once(child, 'close'))[1]).toBe('SIGINT');
  expect(said()).toBe('working\nclearing\n');
});

test('work that ends before the signal gives its result, and later its reason', async () => {
  const controller = new AbortController();
  expect(await orAborted(Promise.resolve(7), controller.signal)).toBe(7);
  const waiting = orAborted(new Promise(() => {}), controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(orAborted(new Promise(() => {}), controller.signal)).rejects.toThrow('enough');
});
