// Sizes of files in words.

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

const inWords = UNITS.map((unit) => new Intl.NumberFormat("en", {
  style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 2,
}));
const whole = new Intl.NumberFormat("en", {
  style: "unit", unit: "byte", unitDisplay: "long",
});

export function bytes(count) {
  if (count < 1000) return whole.format(count);
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(count) / 3));
  return inWords[step].format(count / 1000 ** step);
}
