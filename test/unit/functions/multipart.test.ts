import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitMultipart } from '../../../functions/multipart.ts';
import { Problem } from '../../../functions/schema/problem.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const TYPE = 'multipart/form-data; boundary=edge';

function split(body: string, type = TYPE): [string, string][] {
  return splitMultipart(bytes(body), type).map(({ name, content }) => [name, text(content)]);
}

describe('multipart body', () => {
  it('gives names and contents in order, repeated names included', () => {
    const body =
      '--edge\r\nContent-Disposition: form-data; name="frames"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nAAA\r\n' +
      '--edge\r\ncontent-disposition: form-data; filename="name=x.jpg"; name=frames\r\n\r\nB\r\nB\r\n' +
      '--edge\r\nContent-Disposition: form-data; name="k"\r\n\r\n5\r\n--edge--\r\n';
    expect(split(body)).toEqual([
      ['frames', 'AAA'],
      ['frames', 'B\r\nB'],
      ['k', '5'],
    ]);
  });

  it.each<[string, string]>([
    ['filename="a; name=k.jpg"; name="frames"', 'frames'],
    ['filename="a\\"; name=\\"k"; name="frames"', 'frames'],
    ['filename="a.jpg"; NAME = frames', 'frames'],
    ['name="a\\"b\\\\c"', 'a"b\\c'],
    ['name="a;b=c"', 'a;b=c'],
    ["filename*=UTF-8''name%3Dk; name=frames", 'frames'],
    ['name=frames;', 'frames'],
    ['name=""', ''],
    ['\r\n\tname="frames"', 'frames'],
  ])('reads form-data; %s as the field %s (RFC 7578, RFC 2183)', (parameters, name) => {
    expect(split(`--edge\r\nContent-Disposition: form-data; ${parameters}\r\n\r\n1\r\n--edge--`)).toEqual([
      [name, '1'],
    ]);
  });

  it('finds its boundary among other parameters', () => {
    const body = '--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--edge--';
    expect(split(body, 'multipart/form-data; charset="a; boundary=b"; Boundary=edge')).toEqual([['x', '1']]);
  });

  it('allows a preamble, an epilogue, spaces behind a boundary and a quoted boundary', () => {
    const body = 'before\r\n--a b \t\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a b--\r\nafter';
    expect(split(body, 'multipart/form-data; boundary="a b"')).toEqual([['x', '1']]);
  });

  it('gives an empty part as empty', () => {
    expect(split('--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--edge--')).toEqual([['x', '']]);
  });

  it('gives no part of an empty form', () => {
    expect(split('--edge--\r\n')).toEqual([]);
  });

  it('gives views over the body, not copies', () => {
    const body = bytes('--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n12345\r\n--edge--');
    expect(splitMultipart(body, TYPE)[0].content.buffer).toBe(body.buffer);
  });

  it.each([
    ['no boundary in the content type', '--edge--', 'multipart/form-data'],
    ['a body without the boundary', 'hello', TYPE],
    ['an empty body', '', TYPE],
    ['a part that does not end', '--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1', TYPE],
    ['headers that do not end', '--edge\r\nContent-Disposition: form-data; name="x"\r\n', TYPE],
    ['a part without a name', '--edge\r\nContent-Disposition: form-data\r\n\r\n1\r\n--edge--', TYPE],
    [
      'a name that is there twice',
      '--edge\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--edge--',
      TYPE,
    ],
    ['a name that does not end', '--edge\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--edge--', TYPE],
    [
      'two dispositions',
      `--edge\r\n${'Content-Disposition: form-data; name="a"\r\n'.repeat(2)}\r\n1\r\n--edge--`,
      TYPE,
    ],
    ['a boundary of 71 characters', `--${'b'.repeat(71)}--`, `multipart/form-data; boundary=${'b'.repeat(71)}`],
    ['a part without headers', '--edge\r\n\r\n1\r\n--edge--', TYPE],
    ['a boundary that goes on', '--edgeother\r\n\r\n1\r\n--edge--', TYPE],
    ['1025 parts', `${'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'.repeat(1025)}--edge--`, TYPE],
  ])('refuses %s', (_what, body, type) => {
    expect(() => split(body, type)).toThrow(expect.objectContaining({ code: 'multipart-broken' }));
  });

  it('splits whatever the platform puts together', async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(contents, async (files) => {
        const form = new FormData();
        for (const file of files) form.append('frames', new Blob([Uint8Array.from(file)]), 'x.jpg');
        const built = new Response(form);
        const type = built.headers.get('content-type') ?? '';
        const parts = splitMultipart(new Uint8Array(await built.arrayBuffer()), type);
        expect(parts.map(({ content }) => [...content])).toEqual(files.map((file) => [...file]));
      }),
      { numRuns: 50 },
    );
  });

  it('never throws anything but a Problem, whatever the bytes', () => {
    const pieces = fc.array(
      fc.constantFrom('--edge', '--', '\r\n', '\r', 'content-disposition: form-data; name="x"', ' ', 'x'),
    );
    fc.assert(
      fc.property(pieces, (some) => {
        try {
          splitMultipart(bytes(some.join('')), TYPE);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
