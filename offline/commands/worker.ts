/** `cuepoint worker`: one of many machines that encode what `cuepoint encode --queue` has enqueued. */
import { availableParallelism } from 'node:os';
import { defineCommand } from 'citty';
import { workOnQueue } from '../encode/queue/work.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { encodersFolder, fromHere, print, WRITES, wholeNumber, withUserErrors } from './command.ts';
import { openQueue, openStore, QUEUE_ARGS, STORE_ARGS } from './queue-options.ts';

export const workerCommand = defineCommand({
  meta: {
    name: 'worker',
    description: 'Encode what a queue asks for, until it is ended; on as many machines as there are.',
  },
  args: {
    ...QUEUE_ARGS,
    ...STORE_ARGS,
    workers: { type: 'string', description: 'processes that encode at once; one a processor core unless given' },
    'file-limit': { type: 'string', description: 'seconds after which a file is given up; 3600 unless given' },
    'until-empty': { type: 'boolean', description: 'end when nothing waits and no worker has anything in hand' },
    scratch: {
      type: 'string',
      valueHint: WRITES.folder,
      description: "for what is fetched from a bucket; the system's temporary folder unless given",
    },
    encoders: { type: 'string', description: 'folder of added encoders; .cuepoint/encoders unless given' },
  },
  run: withUserErrors(async ({ args }) => {
    const processes = args.workers ? wholeNumber('--workers', args.workers) : availableParallelism();
    const limitMs = args['file-limit'] ? 1000 * wholeNumber('--file-limit', args['file-limit']) : undefined;
    await untilInterrupted((signal) =>
      withTempDir(
        async (scratch) => {
          const store = await openStore(args.store, scratch);
          const connection = await openQueue(args.queue);
          print(`${connection.address}: ${processes} process${processes > 1 ? 'es' : ''}, results to ${store.name}`);
          try {
            await workOnQueue({
              ...{ connection, store, scratch, processes, limitMs, signal },
              encoders: encodersFolder(args.encoders),
              untilEmpty: args['until-empty'],
              say: print,
            });
          } finally {
            await connection.close();
            store.close();
          }
        },
        args.scratch ? fromHere(args.scratch) : undefined,
      ),
    );
  }),
});
