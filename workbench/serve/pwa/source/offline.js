// The page for when there is no network. (Its parts come with the next commit.)
export {};
