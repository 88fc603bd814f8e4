/** Node and workerd run the same path over two builds of onnxruntime: the same clip must get the same answer from both. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { embedFrames } from '../../functions/embed/basic-frames.ts';
import { groundInCatalogue } from '../../functions/ground.ts';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';
import { nodeDecoders } from '../../offline/media/image-codecs.ts';
import { form, jpegFrame, json } from './requests.ts';
import { type RunningService, startService } from './service.ts';

let service: RunningService;
let index: OpenIndex;

beforeAll(async () => {
  const folder = inject('tinyBundle');
  index = await openIndexInNode(folder, 1);
  service = await startService('parity', folder);
});
afterAll(() => service?.close());

describe.each([1, 7, 50])('a clip of %i frames', (count) => {
  it('gets the same tracks, relevance within 1e-3 and spans within 1e-3 of the scale from both', async () => {
    const frames = await Promise.all(Array.from({ length: count }, (_, second) => jpegFrame(second)));
    const tokens = await embedFrames(frames, await nodeDecoders());
    const clip = { tokens, durationMs: count * 1000 };
    const options = { k: 5, fit: 'model', snap: 'none', alternatives: 0, targetLufs: -16 } as const;
    const { moments } = await groundInCatalogue(index, { clip, options, now: () => performance.now() });

    const { width, name } = index.manifest.encoders.image;
    const asTokens = json({
      encoder: name,
      shape: [count, width],
      tokens: Buffer.from(tokens.buffer).toString('base64'),
      durationMs: clip.durationMs,
      fit: options.fit,
      snap: options.snap,
    });
    for (const sent of [asTokens, form(frames, { fit: 'model', snap: 'none' })]) {
      const answer = (await (await service.send(sent)).json()) as MomentsAnswer;
      expect(answer.moments.map(({ track }) => track.id)).toEqual(moments.map(({ track }) => track.id));
      for (const [i, { relevance, startMs, endMs }] of answer.moments.entries()) {
        const toleranceMs = 1e-3 * index.manifest.model.maxDurationSec * 1000;
        expect(Math.abs(relevance - moments[i].relevance)).toBeLessThan(1e-3);
        expect(Math.abs(startMs - moments[i].startMs)).toBeLessThan(toleranceMs);
        expect(Math.abs(endMs - moments[i].endMs)).toBeLessThan(toleranceMs);
      }
    }
  });
});
