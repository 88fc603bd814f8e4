/** prefer and avoid, on the hand-made bundle: h(v) = (1, 0) has relevance east 1, short 0.8, north 0. */
import { describe, expect, it } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { DEFAULT_TASTE_WEIGHT } from '../../index/search/taste.ts';
import { post, tokensBody } from './ask.ts';
import { TRACKS } from './hand-bundle.ts';

const h0 = new Map(TRACKS.map(({ id, h0: [x, y] }) => [id, [x, y]]));
const cosine = (a: string, b: string): number => {
  const [one, other] = [h0.get(a)!, h0.get(b)!];
  return (one[0] * other[0] + one[1] * other[1]) / (Math.hypot(...one) * Math.hypot(...other));
};

async function asked(more: Record<string, unknown>, path = '/v1/moments') {
  const response = await post(path, tokensBody(10, [1, 0], { minDurationMs: 0, ...more }));
  return { status: response.status, text: await response.text() };
}
async function moments(more: Record<string, unknown>, path?: string): Promise<MomentsAnswer> {
  const { status, text } = await asked(more, path);
  expect([status, text]).toEqual([200, expect.any(String)]);
  return JSON.parse(text);
}
const relevances = ({ moments }: MomentsAnswer) =>
  Object.fromEntries(moments.map(({ track, relevance }) => [track.id, relevance]));

describe('what somebody used before', () => {
  it('moves relevance towards its mean by the weight, and the order with it', async () => {
    const plain = relevances(await moments({}));
    const answer = await moments({ prefer: { tracks: ['north'], weight: 2 } });
    const liked = relevances(answer);
    for (const id of Object.keys(plain)) expect(liked[id]).toBeCloseTo(plain[id] + 2 * cosine('north', id), 5);
    expect(answer.moments.map(({ track }) => track.id)).toEqual(Object.keys(liked).sort((a, b) => liked[b] - liked[a]));
    expect(answer.moments[0].track.id).not.toBe('east'); // which is the clip's own, without
    expect(answer.taste).toEqual({ prefer: { tracks: 1, unknown: [] } });
  });

  it('moves it away from what is avoided, both at once, and by the usual weight where none is named', async () => {
    const plain = relevances(await moments({}));
    const found = relevances(
      await moments({ prefer: { tracks: ['north'] }, avoid: { tracks: ['east'], weight: 0.25 } }),
    );
    for (const id of Object.keys(plain))
      expect(found[id]).toBeCloseTo(
        plain[id] + DEFAULT_TASTE_WEIGHT * cosine('north', id) - 0.25 * cosine('east', id),
        5,
      );
  });

  it('changes nothing at weight 0, and the same request has the same bytes in whatever order tracks are named', async () => {
    const plain = await moments({});
    expect((await moments({ prefer: { tracks: ['north'], weight: 0 } })).moments).toEqual(plain.moments);
    const [one, other] = [
      await asked({ prefer: { tracks: ['north', 'short', 'north'] } }),
      await asked({ prefer: { tracks: ['short', 'north'] } }),
    ];
    expect(one.text).toBe(other.text);
    expect(await asked({ prefer: { tracks: ['short', 'north'] } })).toEqual(other);
  });

  it('passes over tracks that the index no longer has, and says so; none at all is a problem', async () => {
    const answer = await moments({ prefer: { tracks: ['gone', 'north'] } });
    expect(answer.taste).toEqual({ prefer: { tracks: 1, unknown: ['gone'] } });
    const none = JSON.parse((await asked({ avoid: { tracks: ['gone', 'away'] } })).text);
    expect([none.status, none.code, none.detail]).toEqual([
      422,
      'taste-unknown',
      'avoid.tracks: expected ids of tracks of the index, got none among 2. GET /v1/tracks lists them.',
    ]);
  });

  it('also moves the relevance of a track that was chosen, and nothing of its moment', async () => {
    const path = '/v1/tracks/short/moments';
    const [plain] = (await moments({}, path)).moments;
    const [liked] = (await moments({ prefer: { tracks: ['north'], weight: 1 } }, path)).moments;
    expect(liked).toEqual({ ...plain, relevance: expect.closeTo(plain.relevance + cosine('north', 'short'), 5) });
  });
});

describe('a request is refused', () => {
  it.each([
    [
      { prefer: ['north'] },
      'prefer-invalid',
      'prefer: expected a JSON object of "tracks", 1 to 50 ids, and "weight", from 0 to 2, got ["north"].',
    ],
    [{ prefer: { tracks: [] } }, 'prefer-invalid', 'prefer.tracks: expected a JSON object of "tracks", 1 to 50 ids'],
    [
      { prefer: { tracks: Array.from({ length: 51 }, (_, i) => `t${i}`) } },
      'prefer-invalid',
      'prefer.tracks: expected',
    ],
    [{ avoid: { tracks: ['north'], weight: -1 } }, 'avoid-invalid', 'avoid.weight: expected'],
    [{ avoid: { tracks: ['north'], weight: 2.1 } }, 'avoid-invalid', 'got 2.1. Answers name the ids of tracks.'],
    [{ avoid: { ids: ['north'] } }, 'avoid-invalid', 'avoid.tracks: expected'],
  ])('%j', async (more, code, detail) => {
    const problem = JSON.parse((await asked(more)).text);
    expect([problem.status, problem.code, problem.detail]).toEqual([422, code, expect.stringContaining(detail)]);
  });
});
