import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { isKnown, tagged } from '../../../functions/etag.ts';

const app = new Hono().get('/:word', (c) => tagged(c, { word: c.req.param('word') }));

describe('a tagged answer', () => {
  it('has one tag per content, and says that it may be kept if one asks each time', async () => {
    const [one, same, other] = await Promise.all(['/a', '/a', '/b'].map((path) => app.request(path)));
    expect(one.headers.get('etag')).toMatch(/^"[0-9a-f]{16}"$/);
    expect(same.headers.get('etag')).toBe(one.headers.get('etag'));
    expect(other.headers.get('etag')).not.toBe(one.headers.get('etag'));
    expect(one.headers.get('cache-control')).toBe('private, no-cache');
    expect(one.headers.get('content-type')).toBe('application/json');
    expect(await one.text()).toBe('{"word":"a"}');
  });

  it('is 304 without a body for who has it', async () => {
    const tag = (await app.request('/a')).headers.get('etag') ?? '';
    const again = await app.request('/a', { headers: { 'if-none-match': `"x", W/${tag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(tag);
    expect(again.headers.get('cache-control')).toBe('private, no-cache');
    expect((await app.request('/b', { headers: { 'if-none-match': tag } })).status).toBe(200);
  });

  it('is known by a list, weakly, or by a star', () => {
    expect(['"a"', 'W/"a"', '"b", "a"', '*'].map((header) => isKnown(header, '"a"'))).toEqual([true, true, true, true]);
    expect([undefined, '', 'a', '"ab"'].map((header) => isKnown(header, '"a"'))).toEqual([false, false, false, false]);
  });
});
