import { describe, expect, test } from 'vitest';
import { configRows, configTable } from '../../../offline/report/config-table.ts';

describe('the rows of a config', () => {
  test('are its values under their keys, joined by dots', () => {
    expect(
      configRows({ width: 256, loss: { l1: 4, inner: { on: true } }, list: [1, 2], none: {}, rate: Number.NaN }),
    ).toEqual([
      { key: 'width', value: '256' },
      { key: 'loss.l1', value: '4' },
      { key: 'loss.inner.on', value: 'true' },
      { key: 'list', value: '[1,2]' },
      { key: 'none', value: '{}' },
      { key: 'rate', value: 'NaN' },
    ]);
  });

  test('say what the preset has where it differs, and where only one of them has the key', () => {
    const rows = configRows(
      { width: 64, heads: 8, loss: { l1: 4, extra: 1 } },
      { width: 256, heads: 8, loss: { l1: '4' }, gone: null },
    );
    expect(rows).toEqual([
      { key: 'width', value: '64', preset: '256' },
      { key: 'heads', value: '8', preset: undefined },
      { key: 'loss.l1', value: '4', preset: '4' },
      { key: 'loss.extra', value: '1', preset: 'not in the preset' },
      { key: 'gone', preset: 'null' },
    ]);
  });
});

describe('the table of a config', () => {
  test('shades what differs and counts it', () => {
    const { markup } = configTable({ width: 64, heads: 8 }, { width: 256, heads: 8 });
    expect(markup).toContain('<tr class="changed"><th scope="row">width</th><td>64</td><td>256</td></tr>');
    expect(markup).toContain('<tr><th scope="row">heads</th><td>8</td><td></td></tr>');
    expect(markup).toContain('1 of 2 values differ from the preset');
  });

  test('says nothing of a preset when there is none', () => {
    const { markup } = configTable({ width: 64 });
    expect(markup).toContain('<tr><th scope="row">width</th><td>64</td></tr>');
    expect(markup).not.toContain('preset');
  });
});
