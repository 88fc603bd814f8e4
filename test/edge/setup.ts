/** Runs in Node before the edge tier: what the Worker imports and nobody writes has to be there. */
import { prepareWorker } from '../../offline/edge/prepare.ts';

export async function setup(): Promise<void> {
  await prepareWorker();
}
