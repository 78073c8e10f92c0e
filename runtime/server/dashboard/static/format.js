// @ts-check
/** Numbers and times as people read them. */

export const NONE = "–";
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** @param {number | null | undefined} value seconds */
export function span(value) {
  if (value === null || value === undefined) return NONE;
  if (value === 0) return "0";
  if (value < 0.0995) return `${(value * 1000).toFixed(value < 0.00995 ? 1 : 0)} ms`;
  if (value < 0.9995) return `${(value * 1000).toFixed(0)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  if (value < 120) return `${value.toFixed(0)} s`;
  if (value < 7200) return `${(value / 60).toFixed(0)} min`;
  return `${(value / 3600).toFixed(0)} h`;
}

/** Seconds that pass, in whole ones. @param {number} seconds */
export function whole(seconds) {
  const rounded = Math.max(1, Math.round(seconds));
  return rounded < 10 ? `${rounded} s` : span(rounded);
}

/** @param {number | null | undefined} share */
export function percent(share) {
  if (share === null || share === undefined) return NONE;
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  return share < 0.0995 ? `${(share * 100).toFixed(1)} %` : `${(share * 100).toFixed(0)} %`;
}

/** @param {number | null | undefined} perSecond */
export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return NONE;
  if (perSecond === 0) return "0";
  return perSecond < 9.95 ? perSecond.toFixed(1) : perSecond.toFixed(0);
}

/** @param {number | null | undefined} value */
export function count(value) {
  return value === null || value === undefined ? NONE : value.toLocaleString("en-GB");
}

/** @param {number} at milliseconds since 1970 */
export function time(at) {
  const today = new Date().toDateString() === new Date(at).toDateString();
  return today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
}

/** @param {number} at @param {number} now both milliseconds since 1970 */
export function ago(at, now) {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 5) return "just now";
  return `${whole(seconds)} ago`;
}
