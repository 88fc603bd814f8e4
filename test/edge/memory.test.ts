import { describe, expect, it } from 'vitest';
import { ask } from './ask.ts';

describe('GET /metrics', () => {
  it('says what onnxruntime and the index hold in memory', async () => {
    await ask('/healthz');
    const text = await (await ask('/metrics')).text();
    const value = (name: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')[1],
      );
    expect(value('cuepoint_wasm_heap_bytes') % 65536, 'whole pages').toBe(0);
    expect(value('cuepoint_wasm_heap_bytes')).toBeGreaterThanOrEqual(256 * 65536);
    expect(value('cuepoint_index_bytes{part="vectors"}')).toBeGreaterThan(0);
    expect(value('cuepoint_index_bytes{part="tokens"}'), 'read by need').toBe(0);
  });
});
