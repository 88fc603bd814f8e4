/** A place of a file as the URL that editing programs ask for: URLs as they are, paths with what a URL may not hold written as %20. */
export function urlOf(src: string): string {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(src)) return src; // two letters at least: C:\ is a drive
  const path = src.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  if (/^[A-Za-z]%3A\//.test(path)) return `file:///${path.replace('%3A', ':')}`;
  return path.startsWith('/') ? `file://${path}` : path;
}
