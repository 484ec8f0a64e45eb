/**
 * Complementary error function erfc(x) = 2/sqrt(pi) * integral from x to infinity of exp(-t^2), relative error below
 * 1e-15 as long as it does not underflow (x < 26.5). W. J. Cody, Mathematics of Computation 23 (1969) 631.
 */
export function erfc(x: number): number {
  const y = Math.abs(x)
  if (y <= 0.46875) return 1 - x * smallErf(y)
  const tail = y <= 4 ? expMinusSquare(y) * middleErfc(y) : y < 27 ? expMinusSquare(y) * largeErfc(y) : 0
  return x > 0 ? tail : 2 - tail
}

/** erf(y) / y for |y| <= 0.46875. */
function smallErf(y: number): number {
  const s = y > 1.11e-16 ? y * y : 0
  let num = A[4]! * s
  let den = s
  for (let i = 0; i < 3; i++) {
    num = (num + A[i]!) * s
    den = (den + B[i]!) * s
  }
  return (num + A[3]!) / (den + B[3]!)
}

function middleErfc(y: number): number {
  let num = C[8]! * y
  let den = y
  for (let i = 0; i < 7; i++) {
    num = (num + C[i]!) * y
    den = (den + D[i]!) * y
  }
  return (num + C[7]!) / (den + D[7]!)
}

function largeErfc(y: number): number {
  const s = 1 / (y * y)
  let num = P[5]! * s
  let den = s
  for (let i = 0; i < 4; i++) {
    num = (num + P[i]!) * s
    den = (den + Q[i]!) * s
  }
  const r = (s * (num + P[4]!)) / (den + Q[4]!)
  return (0.5641895835477563 - r) / y
}

/** exp(-y^2), with y split so that the square loses no digits. */
function expMinusSquare(y: number): number {
  const head = Math.trunc(y * 16) / 16
  return Math.exp(-head * head) * Math.exp(-(y - head) * (y + head))
}

const A = [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315]
const B = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]
const C = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
]
const D = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
]
const P = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
  0.016315387137302097,
]
const Q = [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918]
