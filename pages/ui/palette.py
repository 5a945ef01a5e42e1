"""The colours of components: Okabe and Ito's, then Tol's muted, both made for colour-blind eyes."""

COMPONENTS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#999933",
    "#332288",
    "#44AA99",
    "#AA4499",
    "#661100",
)
