import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mediaLink } from '../../../offline/learn/media-link.ts';

const home = join('/home', 'mia');
const moment = { startSec: 3, endSec: 8.1234 };

test('a moment of a file is linked by the way from the page to it', () => {
  expect(mediaLink(join(home, 'learned'), join(home, 'posts'), 'may/a b.mp4', moment)).toBe(
    './../posts/may/a%20b.mp4#t=3,8.123',
  );
  expect(mediaLink(home, home, 'a.mp4', moment)).toBe('./a.mp4#t=3,8.123');
});

test('what means something in an address is written so that it does not', () => {
  expect(mediaLink(home, home, 'javascript:alert(1).mp4', moment)).toBe('./javascript%3Aalert(1).mp4#t=3,8.123');
  expect(mediaLink(home, home, '50% #1?.mp4', moment)).toBe('./50%25%20%231%3F.mp4#t=3,8.123');
});
