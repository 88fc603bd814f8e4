/** Headers that a service looks at, with what nobody should send in them. */
import fc from 'fast-check';

/** What the service that wants keys knows. */
export const KEY = 'cp_fuzz';

/** undefined: the open service is asked. */
export const credentials: fc.Arbitrary<Record<string, string> | undefined> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>({ authorization: `Bearer ${KEY}` }, { 'x-api-key': KEY }, {}),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('authorization', 'x-api-key'),
        fc.constantFrom('Bearer ', 'bearer', 'Basic ', ''),
        fc.string(),
      )
      .map(([name, scheme, text]) => ({ [name]: `${scheme}${text}` })),
  },
);

const byte = fc.oneof(
  fc.constantFrom('', '0', '1', '999', '1000', '1001', '00', '-1', '1e3', '9'.repeat(30)),
  fc.nat().map(String),
);

/** Of a preview of 1000 bytes. */
export const range = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(byte, byte).map(([first, last]) => `bytes=${first}-${last}`) },
  { weight: 1, arbitrary: fc.constantFrom('bytes=0-1,5-9', 'Bytes = 0 - 9', 'bits=0-1', 'bytes', 'bytes=-', '') },
);

/** What a header can hold without being encoded anew. */
const headerValue = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '*',
    '"',
    '-1',
    '0',
    'null',
    'a'.repeat(4000),
    '1, 2',
    'bytes=0-',
    'bytes=9999-',
    'bytes=5-1',
    'W/"x"',
    'identity, gzip',
  ),
);

/** Headers that are looked at. Content-length is the sender's word: the platform corrects it on a real connection only. */
export const strange: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({}) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'x-request-id',
          'if-none-match',
          'range',
          'if-range',
          'origin',
          'authorization',
          'x-api-key',
          'accept',
          'content-encoding',
          'content-type',
          'access-control-request-method',
          'cf-connecting-ip',
        ),
        headerValue,
      )
      .map(([name, value]) => ({ [name]: value })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('0', '1', '-1', 'abc', '1e3', '0x10', '65537', '99999999999', 'Infinity', '0.5', '4, 4')
      .map((value) => ({ 'content-length': value })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'application/json; charset=utf-16',
        'APPLICATION/JSON',
        'application/json;',
        'multipart/form-data',
        'multipart/mixed; boundary=x',
        'text/plain',
        ';',
        '__proto__',
        'application/octet-stream; x=1',
      )
      .map((value) => ({ 'content-type': value })),
  },
);
