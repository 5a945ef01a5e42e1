// What a link for a class says of the page: what it hides, which then is not to be changed by hand either, and
// whether the picture has the whole window. The page writes it here, and H takes it back for whoever teaches.

const root = document.documentElement;

export const isHidden = (part) => (root.dataset.emHidden ?? "").split(" ").includes(part);
export const isPresented = () => root.hasAttribute("data-em-present");
