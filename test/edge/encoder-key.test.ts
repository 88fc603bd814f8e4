import { describe, expect, it } from 'vitest';
import { ask, assetsOf, ENCODER, tokensBody } from './ask.ts';
import { handBundle } from './hand-bundle.ts';

describe('tokens of an encoder whose file is known', () => {
  const tower = { ...ENCODER, key: `${ENCODER.name}-0123456789ab` };
  const send = async (encoder: string) => {
    const settings = {
      ACCESS: 'open',
      ASSETS: assetsOf(await handBundle(tower, { version: 'hand0000cafe' })),
    } as const;
    const body = tokensBody(10, [1, 0], { encoder });
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    return { asked: await ask('/v1/moments', init, settings), index: await ask('/v1/index', {}, settings) };
  };

  it('are taken by name, and by name and hash, which GET /v1/index tells', async () => {
    const { asked, index } = await send(tower.key);
    expect(asked.status).toBe(200);
    expect((await index.json<{ encoders: unknown }>()).encoders).toMatchObject({ image: { key: tower.key } });
    expect((await send(ENCODER.name)).asked.status).toBe(200);
  });

  it('are refused where they say that they are of another file of that name', async () => {
    const { asked } = await send(`${ENCODER.name}-ba9876543210`);
    expect([asked.status, await asked.json()]).toEqual([
      422,
      expect.objectContaining({
        code: 'encoder-mismatch',
        detail: `encoder: expected "${tower.key}", got "${ENCODER.name}-ba9876543210". Use the encoder that GET /v1/index names.`,
      }),
    ]);
  });
});
