const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text in which a box stands for what has no form of its own: control characters, and those that turn the direction of others. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '□');
}

/** Text as it may stand in HTML, in an element or in a quoted attribute. */
export function escaped(text: string): string {
  return visible(text.replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign));
}
