/** A process that answers, fails, or ends in the way that it is asked for. */
import { answer } from '../../../offline/lib/child-process.ts';

answer<string, unknown>(async (manner) => {
  if (manner === 'throw') throw new Error('nothing to be found');
  if (manner === 'abort') {
    process.stderr.write('Warning: the device is odd\nassertion failed\nWarning: more\n');
    process.kill(process.pid, 'SIGABRT');
    await new Promise(() => {});
  }
  if (manner === 'exit') process.exit(3);
  if (manner === 'wait') return new Promise((resolve) => setTimeout(resolve, 3_600_000));
  return { manner, values: Float32Array.of(1.5, -2) };
});
