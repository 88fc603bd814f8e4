import { describe, expect, test } from 'vitest';
import { decodeText } from '../../../../offline/formats/tables/decode.ts';
import { encoded } from './write-table.ts';

const TEXT = 'file,artist\na.mp3,Björk\n';

describe('text is decoded', () => {
  test.each([
    'UTF-8',
    'UTF-8 with BOM',
    'UTF-16LE',
    'UTF-16BE',
    'UTF-16LE with BOM',
    'UTF-16BE with BOM',
    'Windows-1252',
  ] as const)('from %s, without its mark', (encoding) => {
    expect(decodeText(encoded(TEXT, encoding), 'x')).toEqual({
      text: TEXT,
      encoding: encoding.replace(' with BOM', ''),
    });
  });

  test('from Windows-1252 with the letters that Latin-1 has not', () => {
    expect(decodeText(Uint8Array.of(0x93, 0x61, 0x94, 0x20, 0x80, 0x2c, 0x8a), 'x').text).toBe('“a” €,Š');
  });

  test('from UTF-16 without a mark, with letters whose other byte is zero', () => {
    const text = 'clip,track\n一,夜曲\n一,一\n';
    expect(decodeText(encoded(text, 'UTF-16BE'), 'x')).toEqual({ text, encoding: 'UTF-16BE' });
    expect(decodeText(encoded(text, 'UTF-16LE'), 'x')).toEqual({ text, encoding: 'UTF-16LE' });
  });

  test('when it is empty', () => {
    expect(decodeText(new Uint8Array(), 'x')).toEqual({ text: '', encoding: 'UTF-8' });
  });
});

describe('nothing is decoded to "�":', () => {
  const refused = (bytes: Uint8Array, message: string) => expect(() => decodeText(bytes, 'log.csv')).toThrow(message);
  const utf8 = new TextEncoder().encode('a,b\nBjörk,夜曲\n');

  test('a file of two encodings is refused with the line', () => {
    refused(
      Uint8Array.of(...utf8, 0x42, 0x6a, 0xf6, 0x72, 0x6b, 0x0a),
      'log.csv: expected one encoding throughout, got UTF-8 with a byte that is none (0xf6) in line 3. Save it again as UTF-8.',
    );
  });

  test('a file that was cut within a letter is refused', () => {
    refused(utf8.subarray(0, -2), 'got UTF-8 with a byte that is none');
    refused(Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x62), 'expected text in UTF-16LE, got bytes that are none');
  });

  test('Shift-JIS, UTF-32 and files with zero bytes are refused', () => {
    refused(Uint8Array.of(0x83, 0x81, 0x81, 0x5b), 'got the byte 0x81 in line 1, which is in none of them. Save it');
    refused(Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), 'expected text, got UTF-32');
    refused(Uint8Array.of(0x61, 0x0a, 0x62, 0, 0, 0x63), 'expected text, got a zero byte in line 2');
  });
});
