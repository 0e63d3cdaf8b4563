"""A paper as it is told to whoever it is for: inside, within the system, outside."""

from dataclasses import replace

from dashboard.leaving import Manner
from dashboard.reports.blocks import Block, Paper, Picture, Table
from dashboard.telling.outside import suppress_cells
from layers.disclosure import Aliases


def paper_for(paper: Paper, manner: Manner, aliases: Aliases | None) -> Paper:
    """Return a paper as it is told to whoever it is for.

    Inside it stays as it is; within the system persons are disguised. Outside every name is, no
    count of one or two is told, and pictures are left out, which show places as they are.
    """
    if manner.is_inside:
        return paper
    told = aliases or Aliases()
    if manner.audience == "outside":
        blocks = tuple(_bare_block(one) for one in paper.blocks if not isinstance(one, Picture))
        imprint = replace(paper.imprint, is_internal=False)
        paper = replace(paper, blocks=blocks, imprint=imprint)
    else:
        persons = tuple(one for one in told.entries if one.entity.kind == "person")
        told = replace(told, entries=persons)
    return replace(
        paper,
        title=told.hide(paper.title, paper.language),
        subtitle=told.hide(paper.subtitle, paper.language),
        blocks=told.hide_in(paper.blocks, paper.language),
    )


def _bare_block(block: Block) -> Block:
    if isinstance(block, Table):
        return replace(block, rows=suppress_cells(block.head, block.rows))
    return block
