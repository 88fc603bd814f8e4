import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, page, trusted } from '../../../offline/report/html.ts';
import { tagsOf } from './markup.ts';

describe('markup', () => {
  test('has what is put into it escaped, in text and in attributes', () => {
    const hostile = `<script>alert("1" & '2')</script>`;
    const escaped = '&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;';
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  test('keeps markup as it is, joins lists and leaves out what is undefined', () => {
    const item = (text: string) => html`<li>${text}</li>`;
    expect(html`<ul>${['a', '<'].map(item)}${undefined}</ul>`.markup).toBe('<ul><li>a</li><li>&lt;</li></ul>');
    expect(html`${1.5} ${['<', trusted('<br>')]}`.markup).toBe('1.5 &lt;<br>');
  });

  test('never gets another tag from text, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', 'a', ' ', '=', '`', '-') }),
        (text) => {
          expect(tagsOf(html`<p title="${text}">${text}</p>`.markup)).toEqual(['p']);
        },
      ),
    );
  });
});

describe('a page', () => {
  const written = page('A & B', html`<p>text</p>`);

  test('is one well-formed document with its title', () => {
    expect(written.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(tagsOf(written)).toEqual(['html', 'head', 'meta', 'meta', 'meta', 'meta', 'title', 'body', 'p']);
    expect(written).toContain('<title>A &amp; B</title>');
  });

  test('asks for nothing outside itself, and forbids it', () => {
    expect(written).not.toMatch(/https?:|\bsrc=|\bhref=|url\(|@import|<script/);
    expect(written).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });
});
