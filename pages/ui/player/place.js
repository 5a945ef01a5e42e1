// Where in the data an event is.

// The place in data units, kept inside the axes, in as many digits as an eye can tell apart.
export function placeOf({ clientX, clientY }, element) {
  const { xaxis, yaxis } = element._fullLayout;
  const box = element.getBoundingClientRect();
  const along = (axis, pixel) => {
    const value = axis.p2c(Math.min(Math.max(pixel - axis._offset, 0), axis._length));
    const step = 10 ** Math.floor(Math.log10(Math.abs(axis.range[1] - axis.range[0]) / 3000));
    return Number((Math.round(value / step) * step).toPrecision(15));
  };
  return [along(xaxis, clientX - box.left), along(yaxis, clientY - box.top)];
}
