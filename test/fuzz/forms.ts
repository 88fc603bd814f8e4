/** Forms of frames whose boundaries, line breaks, headers, fields or pictures are not as they should be. */
import fc from 'fast-check';
import { damaged, joined } from './bytes.ts';
import { type Clip, changedFields, compressions, FRAMES, OPTIONS, sometimes, textsOf } from './fields.ts';
import { PICTURES } from './pictures.ts';

interface FormGame {
  boundary: string;
  /** In content-type, where that is another. */
  told: string;
  lineBreak: string;
  ending: string;
  preamble: string;
  disposition: string;
}

const BOUNDARY = '----cuepoint4711';

/** What may be amiss with a form as a form. */
const formGame: fc.Arbitrary<FormGame> = fc.record({
  boundary: sometimes(BOUNDARY, 'x', 8),
  told: fc.oneof(
    { weight: 12, arbitrary: fc.constant(`; boundary=${BOUNDARY}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '; boundary=',
        '; boundary="x"',
        `; boundary="${BOUNDARY}"`,
        `; charset=utf-8; boundary=${BOUNDARY}`,
        `; boundary=${BOUNDARY}; boundary=x`,
        `; boundary=x; boundary=${BOUNDARY}`,
        `;boundary=${'b'.repeat(71)}`,
        '; boundary="',
        '; Boundary=\\',
      ),
    },
  ),
  lineBreak: fc.oneof(
    { weight: 10, arbitrary: fc.constant('\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', ' \r\n', '') },
  ),
  ending: fc.oneof(
    { weight: 10, arbitrary: fc.constant('--\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('', '--', '-', '\r\n', '--epilogue', '--\r\n--x\r\n') },
  ),
  preamble: sometimes('', 'preamble\r\n', 12),
  disposition: fc.oneof(
    { weight: 14, arbitrary: fc.constant('content-disposition: form-data; name="NAME"') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'Content-Disposition: form-data; name=NAME',
        'content-disposition: form-data; filename="a"; name="NAME"',
        'content-disposition: form-data; filename="; name=k; "; name="NAME"',
        'content-disposition: form-data; name="NAME"; name="frames"',
        'content-disposition: attachment; name="NAME"',
        'content-type: image/jpeg',
        `x: ${'y'.repeat(5000)}\r\ncontent-disposition: form-data; name="NAME"`,
        "content-disposition: form-data; name*=utf-8''NAME",
        'content-disposition: form-data; name="NA\\"ME"',
        '',
      ),
    },
  ),
});

/** Pictures whole and damaged, texts and nothing. */
const fileContent: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PICTURES.map(([, bytes]) => bytes)) },
  { weight: 3, arbitrary: fc.constantFrom(...PICTURES.map(([, bytes]) => bytes)).chain((bytes) => damaged(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constant(new TextEncoder().encode(`\r\n--${BOUNDARY}--\r\n`)) },
);

export function formClips(): fc.Arbitrary<Clip> {
  const { fit, snap, ...rest } = OPTIONS;
  const fields = changedFields({ durationMs: '3000', ...textsOf({ fit, snap, ...rest }) });
  const files = fc.oneof(
    { weight: 8, arbitrary: fc.array(fileContent, { minLength: FRAMES, maxLength: FRAMES }) },
    { weight: 1, arbitrary: fc.array(fileContent, { maxLength: 60 }) },
  );
  return fc
    .record({
      fields,
      files,
      game: formGame,
      hurt: fc.nat({ max: 9 }),
      gzip: compressions(),
      query: sometimes('', '?k=3', 20),
    })
    .chain(({ fields, files, game, hurt, gzip, query }) => {
      const whole = formOf(fields, files, game);
      const body = hurt === 0 ? damaged(whole) : fc.constant(whole);
      const headers = { 'content-type': `multipart/form-data${game.told}` };
      return body.map((bytes) => ({ method: 'POST', path: query, headers, body: bytes, gzip }));
    });
}

function formOf(
  fields: readonly [string, string][],
  files: readonly Uint8Array[],
  game: FormGame,
): Uint8Array<ArrayBuffer> {
  const { boundary, lineBreak, ending, preamble, disposition } = game;
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const parts = [
    ...fields.map(([name, value]) => [name, text(value)] as const),
    ...files.map((content) => ['frames', content] as const),
  ];
  const lines = parts.flatMap(([name, content]) => [
    text(`--${boundary}${lineBreak}${disposition.replace('NAME', name)}${lineBreak}${lineBreak}`),
    content,
    text(lineBreak),
  ]);
  return joined(text(preamble), ...lines, text(`--${boundary}${ending}`));
}
