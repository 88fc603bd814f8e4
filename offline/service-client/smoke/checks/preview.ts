/** Can a track be played with its address alone, by pieces as players ask for them? */
import type { TracksAnswer } from '../../answers.ts';
import type { Check } from '../check.ts';
import type { Smoke } from '../facts.ts';
import { jsonOf, toldOf } from '../facts.ts';
import { Beside, meets } from '../unmet.ts';
import { isProblem } from './access.ts';

/** Pages of 200 tracks to look for a preview in. */
const PAGES = 5;
const PIECE = 100;

export const previewChecks: readonly Check[] = [
  {
    name: 'a preview is played by byte ranges',
    async run(smoke) {
      const url = await findPreview(smoke);
      const ask = (range?: string) => smoke.service.ask(url, { key: null, headers: range ? { range } : {} });
      const piece = await ask(`bytes=0-${PIECE - 1}`);
      meets(piece.status === 206, '206 for a range, without a key', toldOf(piece));
      const range = piece.headers.get('content-range') ?? 'none';
      const size = Number(/^bytes 0-\d+\/(\d+)$/.exec(range)?.[1] ?? Number.NaN);
      const length = Math.min(PIECE, size);
      meets(range === `bytes 0-${length - 1}/${size}`, 'Content-Range of the first bytes', range);
      meets(piece.bytes.length === length, `${length} bytes`, piece.bytes.length);
      const type = piece.headers.get('content-type') ?? 'none';
      meets(/^(audio|video)\//.test(type), 'a media type of sound', type);
      const end = await ask(`bytes=-${length}`);
      meets(
        end.status === 206 && end.bytes.length === length,
        `the last ${length} bytes`,
        toldOf({ ...end, bytes: end.bytes.subarray(0, 0) }),
      );
      const whole = await ask();
      meets(
        whole.status === 200 && whole.bytes.length === size,
        `all ${size} bytes`,
        `${whole.status}, ${whole.bytes.length}`,
      );
      const isStart = piece.bytes.every((byte, i) => byte === whole.bytes[i]);
      const isEnd = end.bytes.every((byte, i) => byte === whole.bytes[size - length + i]);
      meets(isStart && isEnd, 'the pieces to be pieces of the whole', 'other bytes');
      const beyond = await ask(`bytes=${size}-`);
      isProblem(beyond, 416, 'range-not-satisfiable');
      meets(
        beyond.headers.get('content-range') === `bytes */${size}`,
        `Content-Range: bytes */${size}`,
        beyond.headers.get('content-range'),
      );
      return `${type}, ${size} bytes`;
    },
  },
  {
    name: "a preview's address cannot be made up",
    async run(smoke) {
      const url = await findPreview(smoke);
      if (!url.includes('signature=')) throw new Beside('the service is open to everyone');
      isProblem(await smoke.service.ask(url.split('?')[0], { key: null }), 403, 'signature-invalid');
      const changed = url.replace(/signature=(.)/, (_, first) => `signature=${first === 'A' ? 'B' : 'A'}`);
      isProblem(await smoke.service.ask(changed, { key: null }), 403, 'signature-invalid');
      return undefined;
    },
  },
];

async function findPreview({ service, facts }: Smoke): Promise<string> {
  let page: TracksAnswer = await facts.tracks();
  for (let i = 0; ; i++) {
    const found = page.tracks.find(({ previewUrl }) => previewUrl !== null);
    if (found?.previewUrl) return found.previewUrl;
    if (page.next === undefined || i === PAGES - 1) throw new Beside('no track has a preview');
    page = await jsonOf<TracksAnswer>(service, `/v1/tracks?limit=200&cursor=${encodeURIComponent(page.next)}`);
  }
}
