"""Networks in plain torch, with torchvision's names, so that published weights fit."""
