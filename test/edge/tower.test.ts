import { expect, test } from 'vitest';
import { decodeImage } from '../../functions/embed/decode-image.ts';
import { createTowerEmbedder } from '../../functions/embed/tower-frames.ts';
import { createTower } from '../../functions/engine.ts';
import { workerDecoders } from '../../functions/runtime/codecs.ts';
import { openSession, tensor } from '../../functions/runtime/ort.ts';
import { fromBase64, KNOWN_JPEG } from '../unit/embed/known-frame.ts';
import { KNOWN_TOWER_TOKEN, knownTower, TOWER_INFO, TOWER_WIDTH } from '../unit/embed/known-tower.ts';

test('workerd makes of a JPEG, by a tower, the token that Node makes: within 1e-4', async () => {
  const session = await openSession(knownTower());
  const embedder = createTowerEmbedder(createTower(session, TOWER_INFO, TOWER_WIDTH, tensor));
  await embedder.push(await decodeImage(fromBase64(KNOWN_JPEG), workerDecoders()));
  const token = await embedder.tokens();
  expect(token.length).toBe(KNOWN_TOWER_TOKEN.length);
  for (const [i, value] of token.entries()) expect(Math.abs(value - KNOWN_TOWER_TOKEN[i])).toBeLessThan(1e-4);
});
