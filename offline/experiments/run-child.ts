/** A run in a process of its own, so that several go side by side. Ends when its parent is gone; training goes on later. */
import { type RunOrder, runOnce } from './run.ts';

export type RunMessage =
  | { start: { done: number; steps: number } }
  | { step: number }
  | { failed: string }
  | { done: true };

const send = (message: RunMessage): Promise<void> =>
  new Promise((resolve) => process.send?.(message, () => resolve()) ?? resolve());

process.once('disconnect', () => process.exit());
process.once('message', async (order: RunOrder) => {
  try {
    await runOnce(order, {
      onStart: ({ done, steps }) => void send({ start: { done, steps } }),
      onStep: ({ step }) => void send({ step }),
    });
    await send({ done: true });
  } catch (error) {
    await send({ failed: error instanceof Error ? error.message : String(error) });
  }
  process.exit();
});
