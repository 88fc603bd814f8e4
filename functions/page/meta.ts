/** What the service wrote into the page for it: `<meta name="…" content="…">` of index.html. */
export function metaOf(name: 'style-nonce' | 'sample'): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}
