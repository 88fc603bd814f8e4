/** `cuepoint queue`: how far the workers of a queue are. */
import { defineCommand } from 'citty';
import { statusLines, statusOf } from '../encode/queue/status.ts';
import { print, withUserErrors } from './command.ts';
import { openQueue, QUEUE_ARGS } from './queue-options.ts';

const statusCommand = defineCommand({
  meta: { name: 'status', description: 'Say how far a queue is: files, rate, time left, workers, and what failed.' },
  args: {
    ...QUEUE_ARGS,
    json: { type: 'boolean', description: 'as one line of JSON' },
  },
  run: withUserErrors(async ({ args }) => {
    const connection = await openQueue(args.queue);
    try {
      const status = await statusOf(connection);
      for (const line of args.json ? [JSON.stringify(status)] : statusLines(status)) print(line);
    } finally {
      await connection.close();
    }
  }),
});

export const queueCommand = defineCommand({
  meta: { name: 'queue', description: 'Look at a queue of files that workers encode.' },
  subCommands: { status: statusCommand },
});
