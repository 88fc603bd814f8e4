/** A worker in a process of its own, which a test can kill: workOnQueue as `cuepoint worker` calls it, with locks that run out soon. */
import { connect } from '../../../../offline/encode/queue/connection.ts';
import { openTokenStore } from '../../../../offline/encode/queue/token-store.ts';
import { workOnQueue } from '../../../../offline/encode/queue/work.ts';
import { untilInterrupted } from '../../../../offline/lib/interrupt.ts';

const [address, storeAt, scratch, lockMs] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await untilInterrupted(async (signal) => {
  const store = await openTokenStore(storeAt, scratch);
  const connection = await connect(address, { say });
  await workOnQueue({
    connection,
    store,
    scratch,
    encoders: scratch,
    processes: 1,
    lockMs: Number(lockMs),
    say,
    signal,
  });
  await connection.close();
});
