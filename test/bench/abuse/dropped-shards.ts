/** 200,000 answers' worth of shards that are read and dropped, on a catalogue that does not fit its budget: nothing of them is left. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createShardCache } from '../../../index/format/shard-cache.ts';
import { readShards } from '../../../index/format/shard-table.ts';
import { pause, type Trial } from './trial.ts';

const ANSWERS = 200_000;
const MOST_MB = 1;
const COUNT = 40;

export const droppedShards: Trial = {
  name: 'dropped-shards',
  does: `the loads of ${ANSWERS} answers, each of which drops a shard`,
  async run() {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const lines = Array.from({ length: COUNT }, (_, i) => `1 1000 ${String(i).padStart(64, '0')}`);
    const shards = readShards('tokens', lines);
    const read = async () => ({ bytes: 1000, buffer: new ArrayBuffer(1000) });
    const { at } = createShardCache(shards, read, 10_000);
    const load = async (answers: number): Promise<number> => {
      for (let i = 0; i < answers; i++) {
        await at([i % COUNT]);
        if (i % 1000 === 0) await pause(0);
      }
      collect();
      return process.memoryUsage().heapUsed / 1e6;
    };
    const before = await load(2_000);
    const grown = (await load(ANSWERS)) - before;
    return [
      { what: `the heap grows by at most ${MOST_MB} MB`, got: `${grown.toFixed(2)} MB`, holds: grown <= MOST_MB },
    ];
  },
};
