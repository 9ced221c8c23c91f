import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks are not tested")
from inspectd_models.nets.checkpoint import INNER, Checkpoint, Shape  # noqa: E402
from inspectd_models.shrink.distil import student, taught_by  # noqa: E402


def test_who_says_what_the_teacher_says_has_the_least_loss() -> None:
    teacher = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 3))
    pictures = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    told = teacher(pictures).detach()
    loss = taught_by(teacher)
    classes = told.argmax(dim=1)
    same = loss(told, classes, pictures)
    assert same < loss(told + torch.tensor([1.0, 0.0, 0.0]), classes, pictures)
    assert same < loss(-told, classes, pictures)


@pytest.mark.parametrize("name", INNER)
def test_the_student_is_smaller(name: str) -> None:
    shape = Shape(name, 2, INNER[name])
    teacher = Checkpoint(shape, ("a", "b"), 32, shape.build(0.0).state_dict())
    found = student(teacher)

    def size(checkpoint: Checkpoint) -> int:
        return sum(value.numel() for value in checkpoint.build().state_dict().values())

    assert size(found) < 0.8 * size(teacher)
    assert found.labels == teacher.labels
