// As the system wants it, also when that changes while the page is open.
const dark = matchMedia("(prefers-color-scheme: dark)");

const darkTheme = {
  colors: {
    primary: {main: "#8ab4f8"},
    success: {main: "#81c995"},
    warning: {main: "#fdd663"},
    error: {main: "#f28b82"},
    text: {primary: "#e8eaed", secondary: "#bdc1c6"},
    border: {dark: "#5f6368", light: "#3c4043"},
    responses: {
      success: {color: "#81c995", backgroundColor: "#1e2b22", tabTextColor: "#81c995"},
      error: {color: "#f28b82", backgroundColor: "#33211f", tabTextColor: "#f28b82"},
      redirect: {color: "#fdd663", backgroundColor: "#332d1c", tabTextColor: "#fdd663"},
      info: {color: "#8ab4f8", backgroundColor: "#1d2733", tabTextColor: "#8ab4f8"},
    },
  },
  schema: {
    linesColor: "#5f6368",
    nestedBackground: "#26282b",
    typeNameColor: "#bdc1c6",
    typeTitleColor: "#bdc1c6",
    requireLabelColor: "#f28b82",
    arrow: {color: "#bdc1c6"},
  },
  typography: {
    code: {color: "#f6aea9", backgroundColor: "#303134"},
    links: {color: "#8ab4f8", visited: "#8ab4f8", hover: "#aecbfa"},
  },
  sidebar: {backgroundColor: "#202124", textColor: "#e8eaed", activeTextColor: "#8ab4f8"},
  rightPanel: {backgroundColor: "#17181a"},
  codeBlock: {backgroundColor: "#0e0f10"},
};

// It draws once into an element.
function show() {
  const page = document.createElement("div");
  document.getElementById("docs").replaceChildren(page);
  const theme = dark.matches ? darkTheme : {};
  Redoc.init("/openapi.json", {disableSearch: true, hideHostname: true, theme}, page);
}
dark.addEventListener("change", show);
show();
